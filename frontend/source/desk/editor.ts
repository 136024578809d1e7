// The editor: Yasqe, told our names, and kept from everything that asks another host or needs styles inline.
import Yasqe from "@zazuko/yasqe";
import { element } from "./elements";
import type { Knowledge, Name } from "./knowledge";

interface Place { line: number; ch: number }
interface Token { start: number; end: number; string: string; type: string | null; state: { OK?: boolean; possibleCurrent?: string[]; errorMsg?: string } }
interface Mark { clear(): void }
interface Hints { list: object[]; from: Place; to: Place }
/** What we use of Yasqe, which is a CodeMirror 5. */
interface Code {
  getValue(): string;
  setValue(text: string): void;
  getLine(line: number): string;
  lineCount(): number;
  getCursor(): Place;
  setCursor(place: Place): void;
  getTokenAt(place: Place, precise?: boolean): Token;
  replaceRange(text: string, from: Place, to?: Place): void;
  posFromIndex(index: number): Place;
  markText(from: Place, to: Place, options: object): Mark;
  addLineClass(line: number, where: string, name: string): void;
  removeLineClass(line: number, where: string, name: string): void;
  scrollIntoView(place: Place, margin: number): void;
  addKeyMap(map: object): void;
  removeKeyMap(map: object): void;
  addPrefixes(prefixes: Record<string, string>): void;
  getPrefixesFromQuery(): Record<string, string>;
  showHint(settings: object): void;
  operation<T>(does: () => T): T;
  focus(): void;
  refresh(): void;
  on(event: string, does: (...given: never[]) => void): void;
  getInputField(): HTMLElement;
  state: { completionActive?: { widget?: unknown; close(): void } };
  display: { input: { readDOMTimeout?: number | null; updateFromDOM: () => void } };
}

const NAME = /(?:^|[\s(^|/!;,.{])([A-Za-z][\w-]*)?:([\w-]*)$/;
const WORDS = /[\p{L}\p{N}][\p{L}\p{N}'-]*(?: [\p{L}\p{N}][\p{L}\p{N}'-]*){0,4}$/u;
const KEYWORD = /^(a|as|by|asc|desc|ask|describe|select|where|from|filter|optional|distinct|order|group|having|prefix|construct|values|bind|union|minus|limit|offset)$/i;
const MOST = 40;
const MOST_NEAR = 3;

export interface Unknown { text: string; from: Place; to: Place; instead: Name[] }

export class Editor {
  private readonly code: Code;
  private readonly leaving = { Tab: false, "Shift-Tab": false };
  private marks: Mark[] = [];
  private unknown: Mark[] = [];
  private wrong: number | undefined;
  knowledge: Knowledge | undefined;

  constructor(place: HTMLElement, text: string, does: { run: () => void; changed: () => void }) {
    // Its own check draws its hints with inline styles, which our policy keeps out; the endpoint says what is wrong.
    Object.assign(Yasqe.prototype, { checkSyntax: () => undefined });
    // An empty list among the settings would be filled from these, which ask hosts elsewhere while somebody types.
    Object.assign(Yasqe.defaults, { autocompleters: [] });
    const settings = {
      value: text, persistenceId: null, consumeShareLink: null, createShareableLink: null, showQueryButton: false, resizeable: false,
      autocompleters: [], indentUnit: 2, tabSize: 2, editorHeight: "", gutters: ["CodeMirror-linenumbers", "CodeMirror-foldgutter"], viewportMargin: Infinity,
      inputStyle: "contenteditable", screenReaderLabel: "Query in SPARQL", highlightSelectionMatches: false,
      extraKeys: { "Ctrl-Enter": does.run, "Cmd-Enter": does.run, "Ctrl-Space": () => this.complete(true), Esc: () => this.code.addKeyMap(this.leaving) },
    };
    this.code = new Yasqe(place, settings as never) as unknown as Code;
    this.code.on("blur", () => this.code.removeKeyMap(this.leaving));
    // Not at once: the list is placed by what is drawn, and the editor draws first.
    this.code.on("inputRead", () => setTimeout(() => this.complete(false)));
    this.code.on("change", () => { this.clear(); does.changed(); });
    const field = this.code.getInputField();
    field.setAttribute("aria-label", "Query in SPARQL");
    field.setAttribute("aria-describedby", "keys");
    field.setAttribute("aria-multiline", "true");
    field.setAttribute("role", "textbox");
  }

  get text(): string {
    // What was typed a moment ago may stand in the page alone; it is read before anybody asks for it.
    const { input } = this.code.display;
    if (input.readDOMTimeout != null) {
      clearTimeout(input.readDOMTimeout);
      input.readDOMTimeout = null;
      input.updateFromDOM();
    }
    return this.code.getValue();
  }

  set text(text: string) { this.code.setValue(text); }
  focus(): void { this.code.focus(); }

  /** Offers names for what stands before the cursor; `wanted` where somebody asked for it. */
  private complete(wanted: boolean): void {
    const open = this.code.state.completionActive;
    if (!this.knowledge || (open?.widget && !wanted)) return;
    // One that has nothing left to offer stays open, unseen, and would keep every other from opening.
    open?.close();
    if (!this.hints(wanted).list.length) return;
    const hint = (): Hints => this.hints(wanted);
    this.code.showHint({ hint, completeSingle: false, closeCharacters: /[\n<>"{}();,]/, alignWithWord: true });
  }

  private hints(wanted: boolean): Hints {
    const to = this.code.getCursor();
    const before = this.code.getLine(to.line).slice(0, to.ch);
    const kind = this.code.getTokenAt(to).type ?? "";
    const none = { list: [], from: to, to };
    // A name with a prefix is a "string-2" to the editor.
    if (!this.knowledge || /\bcomment\b|\bstring\b(?!-)/.test(kind)) return none;
    const variable = /[?$]\w*$/.exec(before)?.[0];
    if (variable) return wanted ? this.variables(variable, to) : none;
    const prefixed = NAME.exec(before);
    if (prefixed) {
      const [, prefix = "", local = ""] = prefixed;
      return this.offered(this.knowledge.within(prefix, local, MOST), { line: to.line, ch: to.ch - local.length - prefix.length - 1 }, to);
    }
    const run = WORDS.exec(before);
    const typed = run?.[0] ?? "";
    // A run may begin within a variable or a prefixed name, which is no word of a name that is looked for.
    const within = run !== null && /[?$:<@^\w-]/.test(before[run.index - 1] ?? " ");
    // The longest run of words that finds something: "reports commission sci" finds what begins at "commission".
    for (let words = typed.split(" ").slice(within ? 1 : 0); words.length && words[0]; words = words.slice(1)) {
      const text = words.join(" ");
      if (text.length < (wanted ? 1 : 3) || KEYWORD.test(words[0])) continue;
      const searched = this.knowledge.search(text, MOST);
      const ofClass = /(?:^|\s)a\s+$/.test(before.slice(0, before.length - text.length));
      const found = ofClass ? [...searched.filter((name) => name.kind === "class"), ...searched.filter((name) => name.kind !== "class")] : searched;
      if (found.length) return this.offered(found, { line: to.line, ch: to.ch - text.length }, to);
    }
    return none;
  }

  /** The variables of the text that begin so; only on demand, for Enter is also the end of a line. */
  private variables(start: string, to: Place): Hints {
    const all = [...this.text.matchAll(/[?$]\w+/g)].map((found) => found[0]).filter((name) => name.startsWith(start) && name !== start);
    return { list: [...new Set(all)].sort().map((text) => ({ text })), from: { line: to.line, ch: to.ch - start.length }, to };
  }

  private offered(names: Name[], from: Place, to: Place): Hints {
    const list = names.map((name) => ({
      text: name.short,
      render: (line: HTMLElement) => line.append(element("span", {}, name.label || name.short), " ", element("small", {}, `${name.short} · ${name.kind.replace("-", " ")}`)),
      hint: () => this.insert(name, from),
    }));
    return { list, from, to };
  }

  private insert(name: Name, from: Place): void {
    this.code.operation(() => {
      this.code.replaceRange(name.short, from, this.code.getCursor());
      this.declare();
    });
  }

  /** The line where a prefix line can go: below the comments that begin the text, with the other prefixes. */
  private prologue(): number {
    let line = 0;
    while (line < this.code.lineCount() && /^\s*(#|PREFIX\b|BASE\b)/i.test(this.code.getLine(line))) line++;
    return line < this.code.lineCount() ? line : 0;
  }

  /** Marks a place that the endpoint found wrong, counted from 1, and goes there. */
  point(line: number, column: number, length: number): void {
    this.clear();
    // The endpoint counts characters; the editor counts those beyond the basic plane twice.
    const characters = [...this.code.getLine(line - 1) ?? ""];
    const upTo = (end: number): number => characters.slice(0, end).join("").length;
    const from = { line: line - 1, ch: upTo(column - 1) };
    this.wrong = line - 1;
    this.code.addLineClass(this.wrong, "wrap", "desk-wrong-line");
    const end = Math.max(upTo(column - 1 + Math.max(1, length)), from.ch + 1);
    this.marks.push(this.code.markText(from, { line: from.line, ch: end }, { className: "desk-wrong" }));
    this.code.scrollIntoView(from, 60);
    this.code.setCursor(from);
  }

  private clear(): void {
    for (const mark of this.marks) mark.clear();
    this.marks = [];
    if (this.wrong !== undefined) this.code.removeLineClass(this.wrong, "wrap", "desk-wrong-line");
    this.wrong = undefined;
  }

  /** The prefixes that the text declares, and the prefixed names in it. */
  private used(): { declared: Map<string, string>; names: RegExpExecArray[] } {
    const declared = new Map([...this.text.matchAll(/\bPREFIX\s+([\w-]*):\s*<([^>]*)>/gi)].map((found) => [found[1]!, found[2]!]));
    // What cannot hold a name is blanked out, so that places stay.
    const code = this.text.replace(/<[^<>\s]*>|("""|''')[\s\S]*?\1|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|#.*|\bPREFIX\s+[\w-]*:/gi, (part) => part.replace(/[^\n]/g, " "));
    return { declared, names: [...code.matchAll(/(?<![\w:?$-])([A-Za-z][\w-]*)?:([A-Za-z0-9_][\w-]*)/g)] };
  }

  /** Writes the lines of those of our prefixes that the text uses and does not declare. */
  declare(): void {
    if (!this.knowledge) return;
    const { declared, names } = this.used();
    const missing = [...new Set(names.map((one) => one[1] ?? ""))].filter((prefix) => !declared.has(prefix) && prefix in this.knowledge!.prefixes);
    const lines = missing.map((prefix) => `PREFIX ${prefix}: <${this.knowledge!.prefixes[prefix]}>\n`).join("");
    if (lines) this.code.replaceRange(lines, { line: this.prologue(), ch: 0 });
  }

  /** The names of our namespaces that nothing has, underlined. */
  check(): Unknown[] {
    for (const mark of this.unknown) mark.clear();
    this.unknown = [];
    const knowledge = this.knowledge;
    if (!knowledge) return [];
    const { declared, names } = this.used();
    const found: Unknown[] = [];
    for (const one of names) {
      const [whole, given = "", local = ""] = one;
      const namespace = declared.get(given) ?? knowledge.prefixes[given];
      const prefix = namespace === undefined ? undefined : knowledge.ours(namespace);
      if (prefix === undefined || knowledge.named(`${prefix}:${local}`)) continue;
      const [from, to] = [this.code.posFromIndex(one.index), this.code.posFromIndex(one.index + whole.length)];
      const instead = knowledge.near(prefix, local, MOST_NEAR);
      this.unknown.push(this.code.markText(from, to, { className: "desk-unknown", attributes: { title: instead.length ? `Nothing has this name. Did you mean ${instead.map((name) => name.short).join(" or ")}?` : "Nothing has this name." } }));
      found.push({ text: whole, from, to, instead });
    }
    return found;
  }

  /** Puts the name that was meant in the place of an unknown one. */
  mend(unknown: Unknown, meant: Name): void {
    const given = unknown.text.slice(0, unknown.text.indexOf(":"));
    this.code.replaceRange(`${given}:${meant.short.split(":")[1]}`, unknown.from, unknown.to);
    this.code.focus();
  }
}
