// The desk at /sparql: the form that the server wrote becomes an editor, and results come without a new page.
import "./desk.css";
import { ask, Refused, type Answer, type Problem } from "./desk/ask";
import { code } from "./desk/code";
import { Editor } from "./desk/editor";
import { button, element } from "./desk/elements";
import { culprits } from "./desk/empty";
import { Knowledge } from "./desk/knowledge";
import { Questions } from "./desk/questions";
import { fromJson, type Rows } from "./desk/result";
import { unbound } from "./desk/variables";
import { shown } from "./desk/views";

const LONGEST_ADDRESS = 60_000;
const CHECK_AFTER = 400;
const MOST_TOLD = 5;
const KEYS = "Ctrl+Enter runs the query. Type a name, such as “commission sci”, or press Ctrl+Space for names of the data. Tab indents; Escape, then Tab, leaves the editor.";

const desk = document.getElementById("desk")!;
const form = document.getElementById("ask") as HTMLFormElement;
const field = document.getElementById("query") as HTMLTextAreaElement;
const questions = document.getElementById("questions")!;
const names = Knowledge.fetched(desk.dataset.names!);

// What the desk is made of
const work = element("div", { class: "desk-work" });
const place = element("div", { class: "desk-editor" });
const run = button("Run", () => void start());
const stop = button("Stop", () => running?.abort(), { hidden: true });
const state = element("span", { role: "status", class: "note" });
const terms = element("div", { class: "desk-terms", "aria-live": "polite" });
const said = element("div");
const answer = document.getElementById("answer") ?? element("section", { id: "answer", "aria-labelledby": "result" });
const keys = element("p", { id: "keys", class: "note", "data-screen": true }, KEYS);

let running: AbortController | undefined;
let at = location.search;
let waiting: ReturnType<typeof setTimeout> | undefined;

desk.classList.add("desk");
// What can be asked instead is of no use on paper.
questions.dataset.screen = "";
form.hidden = true;
const asCode = code(() => editor.text);
work.append(place, element("div", { class: "desk-row desk-run", "data-screen": true }, run, stop, state), said, terms, keys, asCode.shown);
form.before(element("div", { class: "desk-top" }, work, answer, questions));
// It measures its text, and so is made where it is seen.
const editor = new Editor(place, field.value, { run: () => void start(), changed });
const problem = desk.querySelector<HTMLElement>(":scope > .problem");
if (problem) {
  said.append(problem);
  if (problem.dataset.line) editor.point(Number(problem.dataset.line), Number(problem.dataset.column), 1);
}

function changed(): void {
  asCode.draw();
  clearTimeout(waiting);
  waiting = setTimeout(check, CHECK_AFTER);
}

function check(): void {
  terms.replaceChildren(...editor.check().slice(0, MOST_TOLD).map((unknown) => {
    const line = element("p", { class: "note" }, `Line ${unknown.from.line + 1}: nothing is called `, element("code", {}, unknown.text), ". ");
    unknown.instead.forEach((name, at) => line.append(at ? " or " : "Did you mean ", button(name.short, () => editor.mend(unknown, name), { class: "plain" }), ` (${name.label})`));
    if (unknown.instead.length) line.append("?");
    return line;
  }));
  terms.append(...unbound(editor.text).slice(0, MOST_TOLD).map(({ name, line }) => element("p", { class: "note" }, `Line ${line + 1}: `, element("code", {}, name), " is selected, but no pattern binds it: its column will be empty.")));
}

function refused(problem: Problem): void {
  const where = problem.line ? `Line ${problem.line}, column ${problem.column}: ` : "";
  said.replaceChildren(element("section", { class: "problem", role: "alert" }, element("h2", {}, problem.title), element("p", {}, where, problem.detail, problem.hint ? ` ${problem.hint}` : "")));
  if (problem.line) editor.point(problem.line, problem.column ?? 1, [...(problem.token ?? "")].length);
}

/** How much came back, how long it took, and which limit applied. */
function summary({ result, seconds }: Answer, query: string, knowledge: Knowledge): string {
  const took = `${seconds < 0.1 ? seconds.toFixed(3) : seconds.toFixed(1)} s`;
  if (result.kind === "truth") return `Answered in ${took}.`;
  const what = `${result.count.toLocaleString("en")} ${result.triples ? (result.count === 1 ? "triple" : "triples") : result.count === 1 ? "row" : "rows"} in ${took}.`;
  const limit = /\bLIMIT\s+(\d+)/i.exec(query.replace(/#(?![^<\n]*>).*/g, ""))?.[1];
  if (limit !== undefined && Number(limit) === result.count && result.count > 0) return `${what} The LIMIT ${limit} of the query is reached: there may be more.`;
  return `${what} That is all: no limit of the server applied (${knowledge.limits.seconds} s${knowledge.limits.rows ? `, ${knowledge.limits.rows.toLocaleString("en")} rows` : ""}).`;
}

function show(result: Answer["result"], query: string, knowledge: Knowledge): void {
  answer.replaceChildren(element("h2", { id: "result" }, "Result"), shown(result, query, knowledge));
}

async function explain(query: string, control: AbortController): Promise<void> {
  const unknown = [...new Set(editor.check().map((one) => one.text))];
  if (unknown.length) {
    const names = unknown.flatMap((name, at) => [at ? (at === unknown.length - 1 ? " or " : ", ") : "", element("code", {}, name)]);
    answer.append(element("p", { class: "note", role: "status" }, "Nothing in the data is called ", ...names, ": no pattern with it has a match."));
  }
  const line = element("p", { class: "note", role: "status" }, "Looking for the pattern that has no match …");
  answer.append(line);
  try {
    const found = await culprits(query, control.signal);
    if (unknown.length && !found?.length) line.remove();
    else if (!found) line.textContent = "Nothing in the data fits all of this. Try it with one pattern less.";
    else if (!found.length) line.textContent = "No single pattern is the reason: leaving out any one of them still gives nothing.";
    else line.replaceChildren("There would be something without ", ...found.flatMap((one, at) => [at ? ", or without " : "", element("code", {}, one)]), ".");
  } catch {
    line.textContent = "The search for the reason was stopped.";
  }
}

async function start(): Promise<void> {
  running?.abort();
  const control = new AbortController();
  running = control;
  editor.declare();
  const query = editor.text;
  const began = performance.now();
  const tick = setInterval(() => { state.textContent = `Running for ${Math.round((performance.now() - began) / 1000)} s …`; }, 1000);
  said.replaceChildren();
  state.textContent = "Running …";
  stop.hidden = false;
  const address = `sparql?query=${encodeURIComponent(query)}`;
  if (address.length < LONGEST_ADDRESS && new URL(address, document.baseURI).href !== location.href) history.pushState(null, "", address);
  at = location.search;
  try {
    const found = await ask(query, control.signal);
    const knowledge = await names;
    show(found.result, query, knowledge);
    clearInterval(tick);
    state.textContent = summary(found, query, knowledge);
    if (found.result.kind === "rows" && !found.result.rows.length) await explain(query, control);
  } catch (error) {
    if (control.signal.aborted) {
      if (running === control) state.textContent = "Stopped, here and on the server.";
    } else {
      state.textContent = "";
      answer.replaceChildren();
      refused(error instanceof Refused ? error.problem : { title: "The result cannot be shown", detail: String(error) });
    }
  } finally {
    clearInterval(tick);
    if (running === control) [stop.hidden, running] = [true, undefined];
  }
}

// A result never stands below a query that it does not belong to.
addEventListener("popstate", () => {
  // A way within the page leads here too.
  if (location.search === at) return;
  at = location.search;
  const query = new URL(location.href).searchParams.get("query");
  editor.text = query ?? field.value;
  if (query) void start();
  else {
    running?.abort();
    for (const part of [said, answer]) part.replaceChildren();
    state.textContent = "";
  }
});

/** What the server has written with the page: it has answered already, and is not asked again. */
function begin(knowledge: Knowledge): void {
  const found = document.getElementById("found") as HTMLTemplateElement | null;
  const given = new URLSearchParams(location.hash.slice(1)).get("query");
  if (given) {
    editor.text = given;
    void start();
  } else if (found) {
    const rows = fromJson(JSON.parse(found.content.textContent!), Number(found.dataset.count));
    show(rows, editor.text, knowledge);
    const left = rows.kind === "rows" && rows.count > (rows as Rows).rows.length;
    state.textContent = left ? `The first ${(rows as Rows).rows.length} of ${(rows as Rows).count} rows, as the page brought them; Run brings all.` : rows.kind === "rows" ? `${rows.count} ${rows.count === 1 ? "row" : "rows"}, as the page brought them.` : "";
  } else if (answer.querySelector("pre")) state.textContent = "Triples in Turtle, as the page brought them; Run shows them as table and graph.";
  editor.knowledge = knowledge;
  new Questions(questions, work.insertBefore(element("div"), place), knowledge, (query, go) => {
    editor.text = query;
    if (go) void start();
  });
  check();
}

names.then(begin, (error: unknown) => { state.textContent = `${String(error)} The editor works without completion.`; });
