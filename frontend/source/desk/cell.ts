// A term as people read it: a link with its label for what has one, the prefixed name beside it.
import { element } from "./elements";
import type { Knowledge } from "./knowledge";
import type { Term } from "./result";

/** Where an IRI leads: ours to the page here, others of the web to themselves. */
export function address(iri: string, knowledge: Knowledge): string | undefined {
  // Below this folder, whatever follows: the rest of an IRI may look like a scheme or a host.
  if (iri.startsWith(knowledge.base)) return `./${iri.slice(knowledge.base.length)}`;
  return /^https?:\/\//i.test(iri) ? iri : undefined;
}

/** A term in few words. */
export function words(term: Term | undefined, knowledge: Knowledge): string {
  if (!term) return "";
  if (term.type === "bnode") return `_:${term.value}`;
  return term.type === "uri" ? knowledge.of(term.value)?.label || knowledge.shortened(term.value) : term.value;
}

/** What a cell of a table holds. */
export function cell(term: Term | undefined, knowledge: Knowledge): (Node | string)[] {
  if (!term) return [];
  if (term.type === "bnode") return [`_:${term.value}`];
  if (term.type === "triple") return [term.value];
  if (term.type === "literal") {
    const datatype = term.datatype ? knowledge.shortened(term.datatype) : "";
    const note = term["xml:lang"] && term["xml:lang"] !== "en" ? term["xml:lang"] : ["", "xsd:integer", "xsd:string"].includes(datatype) ? "" : datatype;
    const text = element("span", { lang: term["xml:lang"] }, term.value);
    return note ? [text, " ", element("small", {}, note)] : [text];
  }
  const short = knowledge.shortened(term.value);
  const label = knowledge.of(term.value)?.label;
  const leads = address(term.value, knowledge);
  const shown = leads ? element("a", { href: leads, title: term.value, rel: "noreferrer" }, label || short) : short;
  return label ? [shown, " ", element("small", {}, short)] : [shown];
}
