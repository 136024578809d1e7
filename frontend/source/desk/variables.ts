// Variables that are selected and that no pattern binds: their columns stay empty.
import { blanked } from "./empty";

export interface Unbound { name: string; line: number }

/** Where the group that opens there ends; 0 where it is not closed yet. */
function end(code: string, open: number): number {
  let depth = 0;
  for (let at = open; at < code.length; at++) {
    if (code[at] === "{") depth++;
    if (code[at] === "}" && --depth === 0) return at + 1;
  }
  return 0;
}

/** Those of each SELECT in the query, with their lines counted from 0. */
export function unbound(query: string): Unbound[] {
  const code = blanked(query);
  const found: Unbound[] = [];
  for (const select of code.matchAll(/(?<![\w?$:-])SELECT\b[^{}]*(?=\{)/gi)) {
    const open = select.index + select[0].length;
    const close = end(code, open);
    // Whoever has only begun to write the patterns needs no warning.
    if (!code.slice(open + 1, close - 1).trim()) continue;
    // Behind a group, only VALUES binds.
    const values = [...code.slice(close).matchAll(/\bVALUES\b[^{]*/gi)].map((one) => one[0]).join(" ");
    const has = new Set(`${code.slice(open, close)} ${values}`.match(/[?$]\w+/g)?.map((name) => name.slice(1)));
    // What an expression gives is bound by it: (COUNT(?x) AS ?n).
    let depth = 0;
    for (const part of select[0].matchAll(/[()]|[?$](\w+)/g)) {
      if (part[0] === "(") depth++;
      else if (part[0] === ")") depth--;
      else if (depth === 0 && !has.has(part[1]!)) found.push({ name: part[0], line: query.slice(0, select.index + part.index).split("\n").length - 1 });
    }
  }
  return found;
}
