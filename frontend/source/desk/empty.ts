// Why nothing came back: each pattern is left out in turn, and the endpoint says whether there would be something then.
import { request } from "./ask";

const MOST = 12;

interface Split { before: string; patterns: string[]; after: string }

/** A pattern of several predicates as one pattern each. */
function apart(text: string, code: string): string[] {
  const subject = /^\S+/.exec(text)?.[0] ?? "";
  if (/^(OPTIONAL|FILTER|BIND|VALUES|MINUS|GRAPH|SERVICE)\b|^[{[(#]/i.test(text) || /[[\](){}#]/.test(code) || code.length !== text.length) return [text];
  const parts: string[] = [];
  let start = 0;
  [...code, ";"].forEach((sign, at) => {
    if (sign !== ";") return;
    const part = text.slice(start, at).trim();
    if (part) parts.push(start ? `${subject} ${part}` : part);
    start = at + 1;
  });
  return parts;
}

/** The query with all that could mislead blanked out, of the same length. */
export function blanked(query: string): string {
  return query.replace(/<[^<>\s]*>|("""|''')[\s\S]*?\1|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|#.*/g, (part) => (part.startsWith("#") ? part.replace(/[^\n]/g, " ") : "x".repeat(part.length)));
}

/** The patterns of the outermost group, where the query is simple enough to be taken apart; undefined elsewhere. */
export function split(query: string): Split | undefined {
  const code = blanked(query);
  const open = code.indexOf("{", Math.max(0, code.search(/\b(SELECT|CONSTRUCT|DESCRIBE)\b/i)));
  if (open < 0 || /\bCONSTRUCT\b/i.test(code)) return undefined;
  let depth = 0;
  let start = open + 1;
  const patterns: string[] = [];
  const take = (end: number): void => {
    const text = query.slice(start, end).trim();
    if (code.slice(start, end).trim()) patterns.push(...apart(text, code.slice(start, end).trim()));
    start = end;
  };
  for (let at = open; at < code.length; at++) {
    const sign = code[at]!;
    if (sign === "{" || sign === "(" || sign === "[") depth++;
    if (sign === "}" || sign === ")" || sign === "]") depth--;
    if (depth === 0) {
      take(at);
      return { before: query.slice(0, open).replace(/\b(SELECT|DESCRIBE)\b[\s\S]*$/i, ""), patterns, after: query.slice(at + 1) };
    }
    if (depth !== 1) continue;
    if (sign === "." && /\s/.test(code[at + 1] ?? " ")) { take(at); start = at + 1; }
    else if (sign === "}") { take(at + 1); }
    else if (/^\s(?:OPTIONAL|FILTER|BIND|VALUES|MINUS|GRAPH)\b/i.test(code.slice(at, at + 10)) && !/^\s*(FILTER\s+NOT|VALUES)?\s*$/i.test(code.slice(start, at))) take(at + 1);
  }
  return undefined;
}

/** The patterns without which the query would find something; throws what a request throws. */
export async function culprits(query: string, signal: AbortSignal): Promise<string[] | undefined> {
  const parts = split(query);
  if (!parts || parts.patterns.length < 2 || parts.patterns.length > MOST) return undefined;
  const found: string[] = [];
  for (const pattern of parts.patterns) {
    if (/^OPTIONAL\b/i.test(pattern)) continue;
    const rest = parts.patterns.filter((one) => one !== pattern).map((one) => (/^(OPTIONAL|FILTER|BIND|VALUES|MINUS|GRAPH|\{)/i.test(one) ? one : `${one} .`));
    try {
      const answer = await request(`${parts.before}ASK {\n${rest.join("\n")}\n}`, "application/sparql-results+json", signal);
      if ((await answer.json()).boolean) found.push(pattern);
    } catch (error) {
      if (signal.aborted) throw error;
      // Without this pattern the rest is no query, or too dear a one: it says nothing.
    }
  }
  return found;
}
