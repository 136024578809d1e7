// The query as code: three languages, one shown at a time, copied by a button.
import { button, element } from "./elements";
import { curl, pythonProgram, rProgram } from "./snippets";

const WAYS: [string, (endpoint: string, query: string) => string][] = [["curl", curl], ["Python", pythonProgram], ["R", rProgram]];

/** The element, and what draws it anew when the query changes. */
export function code(query: () => string): { shown: HTMLElement; draw: () => void } {
  const endpoint = new URL("sparql", document.baseURI).href;
  const text = element("pre", { tabindex: 0, id: "code" });
  const said = element("span", { role: "status", class: "note" });
  let chosen = 0;
  const buttons = WAYS.map(([name], at) => button(name, () => { chosen = at; draw(); }, { class: "plain" }));
  const draw = (): void => {
    text.textContent = WAYS[chosen]![1](endpoint, query());
    said.textContent = "";
    buttons.forEach((one, at) => one.setAttribute("aria-pressed", String(at === chosen)));
  };
  const copy = button("Copy", async () => {
    try {
      draw();
      await navigator.clipboard.writeText(text.textContent);
      said.textContent = `Copied as ${WAYS[chosen]![0]}.`;
    } catch {
      getSelection()!.selectAllChildren(text);
      said.textContent = "Selected: copy it with your keyboard.";
    }
  });
  const shown = element("details", { class: "desk-code", "data-screen": true }, element("summary", {}, "Copy as curl, Python or R"),
    element("p", { class: "desk-row", role: "group", "aria-label": "Language" }, ...buttons, copy, said), text);
  shown.addEventListener("toggle", draw);
  return { shown, draw: () => { if ((shown as HTMLDetailsElement).open) draw(); } };
}
