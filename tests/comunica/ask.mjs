// Asks an endpoint by Comunica what stands in the file named second, and prints what came, as JSON, a line for each.
// Usage: node ask.mjs <endpoint> <file with [{ "form": "bindings" | "boolean" | "quads", "query": "...", "known": true }, ...]>
// Unless it is known to be an endpoint, Comunica finds that out by itself, from the service description.

import { readFile } from 'node:fs/promises';
import { QueryEngine } from '@comunica/query-sparql';

const [endpoint, file] = process.argv.slice(2);
const engine = new QueryEngine();

function shown(term) {
  return term.termType === 'Literal' && term.language ? `${term.value}@${term.language}` : term.value;
}

async function ask({ form, query, known }) {
  const context = { sources: [known ? { type: 'sparql', value: endpoint } : endpoint] };
  if (form === 'boolean') {
    return engine.queryBoolean(query, context);
  }
  if (form === 'quads') {
    const quads = await (await engine.queryQuads(query, context)).toArray();
    return quads.map(({ subject, predicate, object }) => [subject, predicate, object].map(shown));
  }
  const rows = await (await engine.queryBindings(query, context)).toArray();
  return rows.map((row) => Object.fromEntries([...row].map(([name, term]) => [name.value, shown(term)])));
}

for (const asked of JSON.parse(await readFile(file, 'utf8'))) {
  try {
    console.log(JSON.stringify({ result: await ask(asked) }));
  } catch (error) {
    console.log(JSON.stringify({ error: String(error.message ?? error) }));
  }
}
