// The saved questions beside the editor: found by words, asked by a click, their parameters as a form.
import { button, element } from "./elements";
import type { Knowledge, Name, Parameter, Question } from "./knowledge";

const MOST = 30;

/** The query with these terms in the place of the defaults. */
export function bound(question: Question, terms: Record<string, string>): string {
  return question.text.replace(/^(\s*VALUES\s+\?(\w+)\s*\{\s*)(\S.*?)(\s*\}\s*#parameter\s*)$/gm, (_, before, name, given, after) => before + (terms[name] ?? given) + after);
}

/** The value as one term of the parameter's kind; undefined where it is none. */
function term(parameter: Parameter, value: string, knowledge: Knowledge): string | undefined {
  const text = value.trim();
  if (knowledge.isThing(parameter.kind)) {
    const short = text.replace(/^.* \((\S+:\S+)\)$/, "$1");
    const fits = (name: Name): boolean => knowledge.fits(parameter.kind, name);
    const exact = knowledge.named(short);
    const found = exact ? [exact].filter(fits) : knowledge.search(text, 1, fits);
    return found[0] ? `<${knowledge.iri(found[0].short)}>` : undefined;
  }
  if (parameter.kind === "year") return /^\d{4}$/.test(text) ? text : undefined;
  if (parameter.kind === "number") return /^-?\d{1,6}$/.test(text) ? text : undefined;
  if (parameter.kind === "date") return /^\d{4}-\d\d-\d\d$/.test(text) ? `"${text}"^^<http://www.w3.org/2001/XMLSchema#date>` : undefined;
  return JSON.stringify(text);
}

/** A default as a person would give it. */
function shown(parameter: Parameter, knowledge: Knowledge): string {
  const text = parameter.default;
  if (knowledge.isThing(parameter.kind)) {
    const name = text.startsWith("<") ? knowledge.of(text.slice(1, -1)) : knowledge.named(text);
    return name ? `${name.label} (${name.short})` : text;
  }
  return /^"([^"]*)"/.exec(text)?.[1] ?? text;
}

const TYPES: Record<string, string> = { year: "number", number: "number", date: "date" };

export class Questions {
  private readonly form = element("form", { class: "desk-question", hidden: true, "aria-label": "The question" });

  /** `section` is the list that the server wrote; `place` is where the form of a question goes. */
  constructor(section: HTMLElement, place: HTMLElement, private readonly knowledge: Knowledge, private readonly ask: (query: string, run: boolean) => void) {
    place.append(this.form);
    const search = element("input", { type: "search", id: "which", autocomplete: "off", placeholder: "deadline, actor, CSTD …" });
    const none = element("p", { class: "note", hidden: true, role: "status" }, "No question has these words.");
    section.querySelector("h2")!.after(element("p", { class: "which" }, element("label", { for: "which" }, "Search them"), search), none);
    for (const link of section.querySelectorAll<HTMLAnchorElement>("li a")) {
      const query = new URL(link.href).searchParams.get("query") ?? "";
      const question = knowledge.questions.find((one) => one.text.trim() === query.trim());
      if (!question) continue;
      link.dataset.words = ` ${[question.question, question.why, question.group, question.name, ...question.parameters.map((one) => one.description)].join(" ")}`.toLowerCase();
      link.addEventListener("click", (event) => {
        if (event.ctrlKey || event.metaKey || event.shiftKey) return;
        event.preventDefault();
        this.show(question);
      });
    }
    search.addEventListener("input", () => {
      const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
      let left = 0;
      for (const list of section.querySelectorAll("ul")) {
        let here = 0;
        for (const item of list.children as HTMLCollectionOf<HTMLElement>) {
          const text = item.querySelector("a")?.dataset.words ?? item.textContent!.toLowerCase();
          item.hidden = !words.every((word) => text.includes(word));
          here += Number(!item.hidden);
        }
        list.hidden = !here;
        (list.previousElementSibling as HTMLElement).hidden = !here;
        left += here;
      }
      none.hidden = left > 0;
    });
  }

  private show(question: Question): void {
    const fields = question.parameters.map((one) => this.field(one));
    const terms = (): Record<string, string> | undefined => {
      const found: Record<string, string> = {};
      for (const { parameter, input } of fields) {
        const given = term(parameter, input.value, this.knowledge);
        input.setCustomValidity(given === undefined ? `${parameter.description}: nothing here fits “${input.value}”. Choose one of the list.` : "");
        if (given !== undefined) found[parameter.name] = given;
      }
      return this.form.checkValidity() ? found : undefined;
    };
    const change = (run: boolean): void => {
      const found = terms();
      if (found) this.ask(bound(question, found).trim(), run);
      else if (run) this.form.reportValidity();
    };
    const close = button("Close", () => { this.form.hidden = true; }, { class: "plain" });
    this.form.replaceChildren(element("p", {}, element("strong", {}, question.question), " ", element("span", { class: "note" }, question.why)));
    if (fields.length) {
      const run = element("button", { type: "submit" }, "Ask");
      this.form.append(element("div", { class: "filters" }, ...fields.map((one) => one.shown), element("p", {}, run, " ", close)));
    } else this.form.append(element("p", {}, close));
    this.form.onsubmit = (event) => { event.preventDefault(); change(true); };
    for (const { input } of fields) input.addEventListener("change", () => change(false));
    this.form.hidden = false;
    this.ask(question.text.trim(), true);
    this.form.scrollIntoView({ block: "nearest" });
  }

  private field(parameter: Parameter): { parameter: Parameter; input: HTMLInputElement; shown: HTMLElement } {
    const id = `parameter-${parameter.name}`;
    const input = element("input", { id, type: TYPES[parameter.kind] ?? "text", value: shown(parameter, this.knowledge), required: true, autocomplete: "off" });
    input.addEventListener("input", () => input.setCustomValidity(""));
    const parts: HTMLElement[] = [element("label", { for: id }, parameter.description), input];
    if (this.knowledge.isThing(parameter.kind)) {
      const list = element("datalist", { id: `${id}-list` });
      input.setAttribute("list", list.id);
      const offer = (): void => {
        const found = this.knowledge.search(input.value.replace(/ \(\S+\)$/, ""), MOST, (name) => this.knowledge.fits(parameter.kind, name));
        list.replaceChildren(...found.map((name) => element("option", { value: `${name.label} (${name.short})` })));
      };
      input.addEventListener("input", offer);
      input.addEventListener("focus", () => input.select());
      parts.push(list);
    }
    return { parameter, input, shown: element("p", {}, ...parts) };
  }
}
