// Style sheets are imported for the bundler to see them; they have nothing to give to a script.
declare module "*.css";
