// Bundles source/ for the Python package: `node build.mjs OUTPUT_FOLDER SOURCES_DIGEST`.
//
// Writes files with a hash of their content in the name, so that a server may let browsers keep them for ever,
// and last of all manifest.json, which maps each plain name to the hashed one and records which sources were built.
// Into the folder unserved/ beside it goes what the server uses itself: the layout of diagrams, their style and font.
// It uses esbuild's JavaScript interface: its command-line file is put in place by an install script, and we run none.
import { copyFile, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import * as esbuild from "esbuild";

const [output, sourcesDigest] = process.argv.slice(2);
if (!output || !sourcesDigest) {
  console.error("Usage: node build.mjs OUTPUT_FOLDER SOURCES_DIGEST");
  process.exit(2);
}

const here = dirname(fileURLToPath(import.meta.url));
await mkdir(output, { recursive: true });

// Each script right in source/ is what some page asks for; what they share stands in folders beside them.
const entries = (await readdir(join(here, "source"))).filter((name) => name.endsWith(".ts") && !name.endsWith(".d.ts")).sort();

const result = await esbuild.build({
  absWorkingDir: here,
  entryPoints: entries.map((name) => `source/${name}`),
  outdir: output,
  entryNames: "[name]-[hash]",
  assetNames: "[name]-[hash]",
  bundle: true,
  minify: true,
  format: "esm",
  target: ["es2022"],
  charset: "utf8",
  loader: { ".woff2": "file" },
  // The licences of what is bundled must travel with it.
  legalComments: "linked",
  metafile: true,
  logLevel: "warning",
});

const files = {};
for (const path of Object.keys(result.metafile.outputs).sort()) {
  const name = basename(path);
  files[name.replace(/-[A-Z0-9]{8}(?=\.)/, "")] = name;
}

// Fonts are bundled as files, which carry no comments, and some packages are bundles themselves: the licences of all of
// them, and of what they were made of, travel beside them.
const MIT = `Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated
documentation files (the "Software"), to deal in the Software without restriction, including without limitation the
rights to use, copy, modify, merge, publish, distribute, sublicense, and/or sell copies of the Software, and to permit
persons to whom the Software is furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial portions of the
Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE
WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR
COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR
OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.
`;

function person(one) {
  return typeof one === "string" ? one : one?.name;
}

/** The text of the licence of a package; one that ships none and is under MIT gets it with the names it gives. */
async function licence(name, about) {
  const folder = join(here, "node_modules", name);
  const file = (await readdir(folder)).find((one) => /^licen[cs]e/i.test(one));
  if (file) return readFile(join(folder, file), "utf8");
  if (about.license !== "MIT") throw new Error(`The package ${name} has no text of its licence (${about.license}).`);
  const people = [about.author, ...(about.contributors ?? [])].map(person).filter(Boolean).join(", ");
  return `MIT License\n\nCopyright (c) ${people || `the authors of ${name}`}\n\n${MIT}`;
}

const packages = new Map();
async function take(name) {
  if (packages.has(name)) return;
  const about = JSON.parse(await readFile(join(here, "node_modules", name, "package.json"), "utf8"));
  packages.set(name, await licence(name, about));
  // Types are for compilers only.
  for (const part of Object.keys(about.dependencies ?? {})) if (!part.startsWith("@types/")) await take(part);
}
for (const path of Object.keys(result.metafile.inputs)) {
  const found = path.match(/^node_modules\/((?:@[^/]+\/)?[^/]+)\//);
  if (found) await take(found[1]);
}
const licences = [...packages].sort(([one], [other]) => (one < other ? -1 : 1)).map(([name, text]) => `${name}\n\n${text}`);
// No browser asks for it, so its name needs no hash and stands in no list.
await writeFile(join(output, "licences.txt"), licences.join("\n\n"));

// The layout runs in an engine of its own on the server. It is taken as it is published, with its licence.
const unserved = join(dirname(output), "unserved");
await mkdir(unserved, { recursive: true });
const elk = join(here, "node_modules", "elkjs");
await copyFile(join(elk, "lib", "elk-worker.min.js"), join(unserved, "elk-worker.min.js"));
// The style sheets of diagrams, for those that stand for themselves as files.
const sheets = ["diagram.css", "lineage.css"];
for (const name of sheets) await copyFile(join(here, "source", name), join(unserved, name));
// The font of diagrams as pictures: what draws them there reads no WOFF2 and no variable font.
const font = join(here, "node_modules", "@expo-google-fonts", "source-sans-3");
const faces = ["400Regular", "400Regular_Italic", "600SemiBold"].map((face) => [face, `SourceSans3_${face}.ttf`]);
for (const [face, name] of faces) await copyFile(join(font, face, name), join(unserved, name));
await writeFile(
  join(unserved, "licences.txt"),
  `elkjs ${JSON.parse(await readFile(join(elk, "package.json"), "utf8")).version} (EPL-2.0), unchanged; ` +
    `its source: https://github.com/kieler/elkjs\n\n${await readFile(join(elk, "LICENSE.md"), "utf8")}\n\n` +
    `Source Sans 3 (OFL-1.1), unchanged\n\n${await readFile(join(font, "LICENSE_FONT"), "utf8")}`,
);

const fonts = faces.map(([, name]) => name);
const manifest = { sources: sourcesDigest, files, unserved: [...sheets, "elk-worker.min.js", "licences.txt", ...fonts] };
await writeFile(join(output, "manifest.json"), JSON.stringify(manifest, null, 2) + "\n");
