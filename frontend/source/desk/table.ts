// Rows as a table: sorted by any column, narrowed by words, all of them on demand.
import { cell, words } from "./cell";
import { button, element } from "./elements";
import type { Knowledge } from "./knowledge";
import { isNumber, type Row, type Rows, type Term } from "./result";

const MOST = 500;
const MANY = 12;

function compared(one: Term | undefined, other: Term | undefined, knowledge: Knowledge): number {
  const [left, right] = [words(one, knowledge), words(other, knowledge)];
  if (!left || !right) return Number(!left) - Number(!right);
  const [first, second] = [Number(left), Number(right)];
  return Number.isNaN(first) || Number.isNaN(second) ? left.localeCompare(right, "en") : first - second;
}

export function table(found: Rows, knowledge: Knowledge): HTMLElement {
  let rows = found.rows;
  let sorted: { column: number; down: boolean } | undefined;
  let most = MOST;
  const body = element("tbody");
  const caption = element("caption", { id: "rows" });
  const heads = found.columns.map((name, at) =>
    element("th", { scope: "col" }, button(name, () => sort(at), { title: `Sort by ${name}` })),
  );
  const more = button("", () => { most = rows.length; draw(); }, { class: "plain" });

  function draw(): void {
    body.replaceChildren(...rows.slice(0, most).map((row) => element("tr", {}, ...row.map((one) => element("td", isNumber(one) ? { class: "figure" } : {}, ...cell(one, knowledge))))));
    const all = `${found.rows.length.toLocaleString("en")} ${found.rows.length === 1 ? "row" : "rows"}`;
    caption.textContent = rows.length === found.rows.length ? all : `${rows.length} of ${all}`;
    more.hidden = rows.length <= most;
    more.textContent = `Show all ${rows.length.toLocaleString("en")} rows`;
  }

  function sort(column: number): void {
    sorted = { column, down: sorted?.column === column && !sorted.down };
    heads.forEach((head, at) => (at === column ? head.setAttribute("aria-sort", sorted!.down ? "descending" : "ascending") : head.removeAttribute("aria-sort")));
    narrow();
  }

  const filter = element("input", { type: "search", id: "narrow", autocomplete: "off" });
  function narrow(): void {
    const wanted = filter.value.toLowerCase().split(/\s+/).filter(Boolean);
    const text = (row: Row): string => row.map((one) => `${words(one, knowledge)} ${one?.value ?? ""}`).join(" ").toLowerCase();
    rows = wanted.length ? found.rows.filter((row) => wanted.every((word) => text(row).includes(word))) : [...found.rows];
    if (sorted) {
      const { column, down } = sorted;
      rows = [...rows].sort((one, other) => compared(one[column], other[column], knowledge) * (down ? -1 : 1));
    }
    draw();
  }
  filter.addEventListener("input", narrow);

  draw();
  const shown = element("div", { class: "wide", tabindex: 0, role: "region", "aria-labelledby": "rows" },
    element("table", {}, caption, element("thead", {}, element("tr", {}, ...heads)), body));
  const search = element("p", { class: "narrow", "data-screen": true }, element("label", { for: "narrow" }, "Only rows with"), " ", filter);
  return element("div", {}, ...(found.rows.length > MANY ? [search] : []), shown, more);
}
