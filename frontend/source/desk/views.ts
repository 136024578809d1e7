// A result and the ways to look at it: a table always, and drawings where the columns allow them.
import { chart, timeline } from "./scales";
import { downloads } from "./downloads";
import { button, element } from "./elements";
import { graph } from "./graph";
import type { Knowledge } from "./knowledge";
import { days, ends, numbers, type Result } from "./result";
import { table } from "./table";

export function shown(result: Result, query: string, knowledge: Knowledge): HTMLElement {
  if (result.kind === "truth") return element("div", {}, element("p", { class: "truth" }, String(result.truth)), downloads(query));
  const ways: [string, () => HTMLElement][] = [["Table", () => table(result, knowledge)]];
  if (result.rows.length) {
    if (numbers(result).length) ways.push(["Chart", () => chart(result, knowledge)]);
    if (days(result).length) ways.push(["Timeline", () => timeline(result, knowledge)]);
    if (ends(result)) ways.push(["Graph", () => graph(result, knowledge)]);
  }
  const place = element("div", { class: "desk-view" });
  const buttons = ways.map(([name, make], at) => button(name, () => {
    place.replaceChildren(make());
    buttons.forEach((one, other) => one.setAttribute("aria-pressed", String(other === at)));
  }, { class: "plain", "aria-pressed": String(at === 0) }));
  place.append(ways[0]![1]());
  const choice = element("p", { class: "desk-row", role: "group", "aria-label": "Show as", "data-screen": true }, ...buttons);
  return element("div", {}, ...(ways.length > 1 ? [choice] : []), place, downloads(query));
}
