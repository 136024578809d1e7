// The entry point of everything that runs in a browser. Pages must work without it: here are comforts only.
import "./main.css";

// Style sheets use this mark to show what only works with JavaScript.
document.documentElement.dataset.enhanced = "true";
