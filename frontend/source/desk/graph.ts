// Lines between things: each thing stands in the column behind those that lead to it, so that no name covers another.
import { address, words } from "./cell";
import { cut, drawn, element } from "./elements";
import type { Knowledge } from "./knowledge";
import { ends, type Rows, type Term } from "./result";

const MOST = 120;
const [COLUMN, STEP, WIDTH, TOP] = [430, 28, 310, 16];

export function graph(found: Rows, knowledge: Knowledge): HTMLElement {
  const [from, to] = ends(found)!;
  const nodes = new Map<string, Term>();
  const lines: { from: string; to: string; says: string }[] = [];
  const edges = found.rows.filter((row) => row[from] && row[to] && row[to]!.type !== "literal" && row[to]!.type !== "triple");
  for (const row of edges) {
    if (nodes.size >= MOST) break;
    nodes.set(row[from]!.value, row[from]!);
    nodes.set(row[to]!.value, row[to]!);
    const says = found.triples ? words(row[1], knowledge) : "";
    if (!lines.some((line) => line.from === row[from]!.value && line.to === row[to]!.value && line.says === says)) lines.push({ from: row[from]!.value, to: row[to]!.value, says });
  }
  const layer = new Map<string, number>();
  // Lines back to where a way came from do not count, so a circle ends.
  const place = (node: string, way: Set<string>): number => {
    const known = layer.get(node);
    if (known !== undefined) return known;
    const before = lines.filter((line) => line.to === node && line.from !== node && !way.has(line.from)).map((line) => place(line.from, new Set(way).add(node)));
    const at = Math.min(5, before.length ? Math.max(...before) + 1 : 0);
    layer.set(node, at);
    return at;
  };
  for (const node of nodes.keys()) place(node, new Set([node]));
  const columns: string[][] = [];
  for (const node of nodes.keys()) (columns[layer.get(node)!] ??= []).push(node);
  const filled = columns.filter(Boolean);
  const tallest = Math.max(...filled.map((one) => one.length));
  const at = new Map<string, { x: number; y: number }>();
  filled.forEach((column, across) => column.forEach((node, down) => at.set(node, { x: across * COLUMN + 8, y: TOP + (down + (tallest - column.length) / 2) * STEP })));
  const [width, height] = [(filled.length - 1) * COLUMN + WIDTH + 24, TOP * 2 + tallest * STEP];
  const svg = drawn("svg", { viewBox: `0 0 ${width} ${height}`, width, height, role: "group", "aria-label": `${nodes.size} things and ${lines.length} lines between them. The table holds the same.` });
  svg.append(drawn("defs", {}, drawn("marker", { id: "tip", viewBox: "0 0 8 8", refX: 8, refY: 4, markerWidth: 8, markerHeight: 8, orient: "auto-start-reverse" }, drawn("path", { class: "tip", d: "M0 0 8 4 0 8z" }))));
  for (const line of lines) {
    const [start, end] = [at.get(line.from)!, at.get(line.to)!];
    const [x1, y1, x2, y2] = [start.x + WIDTH, start.y + 10, end.x - 3, end.y + 10];
    const bend = x2 > x1 ? (x2 - x1) / 2 : 60;
    const says = `${words(nodes.get(line.from), knowledge)} ${line.says || "→"} ${words(nodes.get(line.to), knowledge)}`;
    svg.append(drawn("path", { class: "edge", d: `M${x1} ${y1}C${x1 + bend} ${y1} ${x2 - bend} ${y2} ${x2} ${y2}`, "marker-end": "url(#tip)" }, drawn("title", {}, says)));
  }
  for (const [iri, term] of nodes) {
    const { x, y } = at.get(iri)!;
    const called = words(term, knowledge);
    const leads = term.type === "uri" ? address(iri, knowledge) : undefined;
    const node = drawn(leads ? "a" : "g", leads ? { href: leads } : {}, drawn("title", {}, called), drawn("rect", { class: "node", x, y: y - 2, width: WIDTH, height: STEP - 4, rx: 4 }), drawn("text", { x: x + 8, y: y + 14 }, cut(called, 44)));
    svg.append(node);
  }
  const left = edges.length > lines.length && nodes.size >= MOST ? ` The first ${MOST} things; the table holds all.` : " The table holds the same.";
  const caption = found.triples ? "Triples between things." : `From ${found.columns[from]} to ${found.columns[to]}.`;
  return element("figure", { class: "drawn" }, element("figcaption", {}, caption + left),
    element("div", { class: "scrolls", tabindex: 0, role: "region", "aria-label": "Lines between things" }, svg));
}
