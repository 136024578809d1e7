// Two drawings of one make: each row has its words on the left and its mark on a scale on the right.
import { words } from "./cell";
import { cut, drawn, element } from "./elements";
import type { Knowledge } from "./knowledge";
import { days, numbers, subject, type Row, type Rows } from "./result";

const MOST = 80;
const [WIDTH, LEFT, STEP, TOP] = [900, 320, 24, 34];

/** Round numbers from low to high. */
function ticks(low: number, high: number, most: number): number[] {
  const rough = (high - low || 1) / most;
  const ten = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((one) => one * ten).find((one) => one >= rough) ?? ten;
  const found = [];
  for (let at = Math.ceil(low / step) * step; at <= high + step / 1e6; at += step) found.push(Number(at.toFixed(10)));
  return found;
}

interface Marked { row: Row; at: number; value: string }

function figure(marked: Marked[], found: Rows, name: string, knowledge: Knowledge, but: number[], bars: boolean): HTMLElement {
  const about = subject(found, but);
  const shown = marked.slice(0, MOST);
  const values = shown.map((one) => one.at);
  const whole = !bars || values.every(Number.isInteger);
  const low = bars ? Math.min(0, ...values) : Math.min(...values) - 0.5;
  const high = bars ? Math.max(0, ...values) : Math.max(...values) + 0.5;
  const x = (value: number): number => LEFT + ((value - low) / (high - low || 1)) * (WIDTH - LEFT - 70);
  const height = TOP + shown.length * STEP + 8;
  const svg = drawn("svg", { viewBox: `0 0 ${WIDTH} ${height}`, width: WIDTH, height, role: "img", "aria-label": `${bars ? "Bars" : "Timeline"}: ${name}, ${shown.length} rows. The table holds the same.` });
  for (const tick of ticks(low, high, 6).filter((one) => Number.isInteger(one) || !whole)) {
    svg.append(drawn("line", { class: "grid", x1: x(tick), x2: x(tick), y1: TOP - 8, y2: height }), drawn("text", { class: "tick", x: x(tick), y: TOP - 14, "text-anchor": "middle" }, bars ? tick.toLocaleString("en") : String(tick)));
  }
  shown.forEach((one, at) => {
    const y = TOP + at * STEP;
    const called = about === undefined ? `Row ${at + 1}` : words(one.row[about], knowledge);
    const line = drawn("g", {}, drawn("title", {}, `${called}: ${one.value}`), drawn("text", { x: LEFT - 12, y: y + 15, "text-anchor": "end" }, cut(called, 46)));
    if (bars) {
      const [start, end] = [Math.min(x(0), x(one.at)), Math.max(x(0), x(one.at))];
      line.append(drawn("rect", { class: "bar", x: start, y: y + 4, width: Math.max(1, end - start), height: STEP - 9, rx: 2 }));
      line.append(drawn("text", { class: "value", x: end + 6, y: y + 15 }, one.value));
    } else {
      line.append(drawn("line", { class: "grid", x1: LEFT, x2: x(one.at), y1: y + 11, y2: y + 11 }), drawn("circle", { class: "bar", cx: x(one.at), cy: y + 11, r: 5 }), drawn("text", { class: "value", x: x(one.at) + 10, y: y + 15 }, one.value));
    }
    svg.append(line);
  });
  const left = marked.length > MOST ? ` The first ${MOST} of ${marked.length}.` : "";
  return element("figure", { class: "drawn" }, element("figcaption", {}, `${name}${about === undefined ? "" : ` by ${found.columns[about]}`}.${left} The table holds the same.`),
    element("div", { class: "scrolls", tabindex: 0, role: "region", "aria-label": name }, svg));
}

/** Numbers as bars, the first column of numbers unless another is chosen. */
export function chart(found: Rows, knowledge: Knowledge): HTMLElement {
  const columns = numbers(found);
  const place = element("div");
  const draw = (column: number): void => {
    const marked = found.rows.filter((row) => row[column]).map((row) => ({ row, at: Number(row[column]!.value), value: Number(row[column]!.value).toLocaleString("en") }));
    place.replaceChildren(figure(marked, found, found.columns[column]!, knowledge, columns, true));
  };
  draw(columns[0]!);
  if (columns.length === 1) return place;
  const choice = element("select", { id: "measure" }, ...columns.map((at) => element("option", { value: at }, found.columns[at]!)));
  choice.addEventListener("change", () => draw(Number(choice.value)));
  return element("div", {}, element("p", { class: "narrow", "data-screen": true }, element("label", { for: "measure" }, "Numbers of"), " ", choice), place);
}

function year(value: string): number {
  const [whole = "0", month = "1", day = "1"] = value.slice(0, 10).split("-");
  return Number(whole) + (Number(month) - 1) / 12 + (Number(day) - 1) / 365;
}

/** Dates and years on an axis, the earliest first. */
export function timeline(found: Rows, knowledge: Knowledge): HTMLElement {
  const column = days(found)[0]!;
  const marked = found.rows.filter((row) => row[column]).map((row) => ({ row, at: year(row[column]!.value), value: row[column]!.value.slice(0, 10) }));
  marked.sort((one, other) => one.at - other.at);
  return figure(marked, found, found.columns[column]!, knowledge, [...days(found), ...numbers(found)], false);
}
