// The result in every format of the endpoint, each at an address of its own; a query too long for one goes by form.
import { Refused, request } from "./ask";
import { button, element } from "./elements";
import { form } from "./snippets";

const LONGEST = 8000;
const ROWS: [string, string, string][] = [["JSON", "json", "application/sparql-results+json"], ["XML", "xml", "application/sparql-results+xml"], ["CSV", "csv", "text/csv"], ["TSV", "tsv", "text/tab-separated-values"]];
const GRAPH: [string, string, string][] = [["Turtle", "ttl", "text/turtle"], ["JSON-LD", "jsonld", "application/ld+json"], ["RDF/XML", "rdf", "application/rdf+xml"], ["N-Triples", "nt", "application/n-triples"]];

async function save(query: string, suffix: string, type: string, said: HTMLElement): Promise<void> {
  try {
    const file = await (await request(query, type)).blob();
    const address = URL.createObjectURL(file);
    element("a", { href: address, download: `result.${suffix}` }).click();
    setTimeout(() => URL.revokeObjectURL(address), 60_000);
  } catch (error) {
    said.textContent = error instanceof Refused ? ` ${error.problem.title}: ${error.problem.detail}` : ` ${String(error)}`;
  }
}

export function downloads(query: string): HTMLElement {
  const said = element("span", { role: "status" });
  const long = encodeURIComponent(query).length > LONGEST;
  const links = (form(query) === "graph" ? GRAPH : ROWS).map(([title, suffix, type]) =>
    long
      ? button(title, () => void save(query, suffix, type, said), { class: "plain" })
      : element("a", { href: `sparql.${suffix}?query=${encodeURIComponent(query)}`, download: `result.${suffix}` }, title),
  );
  return element("p", { class: "desk-row", "data-screen": true }, element("span", { class: "note" }, "Download all of it:"), ...links, said);
}
