// The query as code for elsewhere. Every text is quoted by the rules of its language: no query can leave its string.
export type Form = "rows" | "truth" | "graph";

/** What a query gives, from its first word that is neither prologue nor comment. */
export function form(query: string): Form {
  const text = query.replace(/<[^<>\s]*>|("""|''')[\s\S]*?\1|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|#.*/g, (part) => (part.startsWith("#") ? " " : part.startsWith("<") ? "<>" : '""'));
  const word = /\b(SELECT|ASK|CONSTRUCT|DESCRIBE)\b(?!\s*:)/i.exec(text.replace(/\bPREFIX\s+[^\s:]*:\s*<>/gi, " "))?.[1]?.toUpperCase();
  return word === "ASK" ? "truth" : word === "CONSTRUCT" || word === "DESCRIBE" ? "graph" : "rows";
}

const TYPE: Record<Form, string> = { rows: "text/csv", truth: "application/sparql-results+json", graph: "text/turtle" };

function shell(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

/** A string for Python: as it reads where that is safe, else with escapes, which Python shares with JSON. */
function python(text: string): string {
  const safe = !/"""|\\|"$/.test(text) && !/[\0-\x08\x0b-\x1f\x7f\ud800-\udfff]/.test(text);
  return safe ? `"""${text}"""` : JSON.stringify(text);
}

/** A string for R, which takes the escapes of JSON, and ends of lines as they are. */
function r(text: string): string {
  return JSON.stringify(text).replace(/\\(.)/g, (escape, letter) => (letter === "n" ? "\n" : escape));
}

/** A command for a POSIX shell. */
export function curl(endpoint: string, query: string): string {
  return [`curl --fail-with-body ${shell(endpoint)}`, `  --header ${shell(`Accept: ${TYPE[form(query)]}`)}`, `  --data-urlencode ${shell(`query=${query}`)}`].join(" \\\n") + "\n";
}

/** A program for Python, with SPARQLWrapper, and pandas for rows. */
export function pythonProgram(endpoint: string, query: string): string {
  const what = form(query);
  const format = { rows: "CSV", truth: "JSON", graph: "TURTLE" }[what];
  const imports = what === "rows" ? "import io\n\nimport pandas\n" : "";
  const end = {
    rows: "table = pandas.read_csv(io.BytesIO(endpoint.query().convert()))\nprint(table)",
    truth: 'print(endpoint.query().convert()["boolean"])',
    graph: "print(endpoint.query().convert().decode())",
  }[what];
  return `${imports}from SPARQLWrapper import ${[format, "POST"].sort().join(", ")}, SPARQLWrapper

endpoint = SPARQLWrapper(${JSON.stringify(endpoint)})
endpoint.setMethod(POST)
endpoint.setReturnFormat(${format})
endpoint.setQuery(${python(query)})
${end}
`;
}

/** A program for R, with httr2. */
export function rProgram(endpoint: string, query: string): string {
  const what = form(query);
  const end = {
    rows: "table <- read.csv(text = resp_body_string(answer), encoding = \"UTF-8\")\nprint(table)",
    truth: "print(resp_body_json(answer, check_type = FALSE)$boolean)",
    graph: "cat(resp_body_string(answer))",
  }[what];
  return `library(httr2)

query <- ${r(query)}
answer <- request(${JSON.stringify(endpoint)}) |>
  req_headers(Accept = ${JSON.stringify(TYPE[what])}) |>
  req_body_form(query = query) |>
  req_perform()
${end}
`;
}
