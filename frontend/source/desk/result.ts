// What came back: rows of terms, and what can be seen in them.
export interface Term { type: "uri" | "literal" | "bnode" | "triple"; value: string; "xml:lang"?: string; datatype?: string }
export type Row = (Term | undefined)[];
export interface Rows { kind: "rows"; columns: string[]; rows: Row[]; triples: boolean; count: number }
export interface Truth { kind: "truth"; truth: boolean }
export type Result = Rows | Truth;
interface Triple { type: "triple"; value: { subject: Given; predicate: Given; object: Given } }
type Given = Term | Triple;
interface Json { head: { vars?: string[] }; boolean?: boolean; results?: { bindings: Record<string, Given>[] } }

const XSD = "http://www.w3.org/2001/XMLSchema#";
const NUMBERS = new Set(["integer", "decimal", "double", "float", "int", "long", "nonNegativeInteger"].map((name) => XSD + name));
const DAYS = new Set(["date", "dateTime", "gYear", "gYearMonth"].map((name) => XSD + name));
// A term of N-Triples; a triple within a triple (RDF 1.2) is read as the text that it is.
const TERM = /\s*(<<\((?:<[^>]*>|"(?:[^"\\]|\\.)*"|[^<>"])*\)>>|<[^>]*>|_:[^\s<>"]*[^\s<>".]|"(?:[^"\\]|\\.)*"(?:@[\w-]+|\^\^<[^>]*>)?)/y;

/** A term as it can be shown; a triple within a row (SPARQL 1.2) becomes its text. */
function plain(given: Given): Term {
  return given.type === "triple" ? { type: "triple", value: `<<( ${written(given)} )>>` } : (given as Term);
}

function written(given: Given): string {
  if (given.type === "triple" && typeof given.value !== "string") {
    const { subject, predicate, object } = given.value;
    return [subject, predicate, object].map((one) => (one.type === "triple" ? `<<( ${written(one)} )>>` : written(one))).join(" ");
  }
  const { type, value } = given as Term;
  return type === "uri" ? `<${value}>` : type === "bnode" ? `_:${value}` : JSON.stringify(value);
}

/** SPARQL JSON as rows; `count` says how many there are where only the first ones are given. */
export function fromJson(json: Json, count?: number): Result {
  if (json.boolean !== undefined) return { kind: "truth", truth: json.boolean };
  const columns = json.head.vars ?? [];
  const rows = (json.results?.bindings ?? []).map((binding) => columns.map((name) => binding[name] && plain(binding[name])));
  return { kind: "rows", columns, rows, triples: false, count: count ?? rows.length };
}

function unescaped(text: string): string {
  return text.replace(/\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|(.))/g, (_, four, eight, one) =>
    four || eight ? String.fromCodePoint(parseInt(four ?? eight, 16)) : ({ t: "\t", n: "\n", r: "\r", b: "\b", f: "\f" }[one as string] ?? one),
  );
}

function term(text: string): Term {
  if (text.startsWith("<<")) return { type: "triple", value: text };
  if (text.startsWith("<")) return { type: "uri", value: unescaped(text.slice(1, -1)) };
  if (text.startsWith("_:")) return { type: "bnode", value: text.slice(2) };
  const end = text.lastIndexOf('"');
  const [value, note] = [unescaped(text.slice(1, end)), text.slice(end + 1)];
  if (note.startsWith("@")) return { type: "literal", value, "xml:lang": note.slice(1) };
  return note ? { type: "literal", value, datatype: note.slice(3, -1) } : { type: "literal", value };
}

/** N-Triples as rows of three. Throws an Error for a line that is none: a result is never shown in part. */
export function fromTriples(text: string): Rows {
  const rows: Row[] = [];
  for (const line of text.split("\n")) {
    if (!line.trim()) continue;
    const row: Row = [];
    TERM.lastIndex = 0;
    for (let found = TERM.exec(line); found; found = TERM.exec(line)) row.push(term(found[1]!));
    if (row.length !== 3) throw new Error(`This is no triple: ${line.slice(0, 200)}`);
    rows.push(row);
  }
  return { kind: "rows", columns: ["subject", "predicate", "object"], rows, triples: true, count: rows.length };
}

/** Whether it is a number to count with. */
export function isNumber(one: Term | undefined): boolean {
  return !!one?.datatype && NUMBERS.has(one.datatype);
}

function all(found: Rows, column: number, is: (term: Term) => boolean): boolean {
  const given = found.rows.map((row) => row[column]).filter((one): one is Term => one !== undefined);
  return given.length > 0 && given.every(is);
}

function isDay(name: string, one: Term): boolean {
  if (one.type !== "literal") return false;
  if (one.datatype && DAYS.has(one.datatype)) return true;
  return /year/i.test(name) && /^(1[89]|20|21)\d\d$/.test(one.value);
}

/** The columns of numbers; years are none. */
export function numbers(found: Rows): number[] {
  return found.columns.flatMap((name, at) =>
    all(found, at, isNumber) && !days(found).includes(at) && !/order$/.test(name) ? [at] : [],
  );
}

/** The columns of dates and years. */
export function days(found: Rows): number[] {
  return found.columns.flatMap((name, at) => (all(found, at, (one) => isDay(name, one)) ? [at] : []));
}

/** The columns between which lines can be drawn. */
export function ends(found: Rows): [number, number] | undefined {
  if (found.triples) return found.rows.some((row) => row[2]?.type === "uri") ? [0, 2] : undefined;
  const [from, to] = found.columns.flatMap((_, at) => (all(found, at, (one) => one.type === "uri") ? [at] : []));
  return from === undefined || to === undefined ? undefined : [from, to];
}

/** The column that says best what a row is about: a text, else an IRI. */
export function subject(found: Rows, but: number[]): number | undefined {
  const others = found.columns.map((_, at) => at).filter((at) => !but.includes(at));
  const texts = others.filter((at) => all(found, at, (one) => one.type === "literal"));
  return texts.find((at) => /name|label|title|text|words/i.test(found.columns[at]!)) ?? others.find((at) => all(found, at, (one) => one.type === "uri")) ?? texts[0];
}
