// Puts a query to the endpoint. Ending the request ends the query: the server stops it when its client leaves.
import { fromJson, fromTriples, type Result } from "./result";

export interface Problem { title: string; detail: string; hint?: string; line?: number; column?: number; token?: string; status?: number }
export interface Answer { result: Result; seconds: number }

/** Why a query got no result, in words. */
export class Refused extends Error {
  constructor(readonly problem: Problem) {
    super(problem.detail);
  }
}

async function problem(answer: Response): Promise<Problem> {
  const text = await answer.text();
  try {
    return JSON.parse(text);
  } catch {
    return { title: "The server gave no result", detail: text.slice(0, 500) || `It answered ${answer.status}.`, status: answer.status };
  }
}

/** The response to a query. Throws Refused, and what fetch throws when it is ended. */
export async function request(query: string, accept: string, signal?: AbortSignal): Promise<Response> {
  let answer: Response;
  try {
    answer = await fetch("sparql", { method: "POST", headers: { Accept: accept }, body: new URLSearchParams({ query }), ...(signal && { signal }) });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new Refused({ title: "The server cannot be reached", detail: "No answer came.", hint: "Is the network there? Try again." });
  }
  if (!answer.ok) throw new Refused(await problem(answer));
  return answer;
}

/** The result of a query of any form, and how long it took. */
export async function ask(query: string, signal: AbortSignal): Promise<Answer> {
  const began = performance.now();
  const answer = await request(query, "application/sparql-results+json, application/n-triples;q=0.9, application/problem+json;q=0.8", signal);
  const graph = answer.headers.get("Content-Type")?.startsWith("application/n-triples");
  let result: Result;
  try {
    result = graph ? fromTriples(await answer.text()) : fromJson(await answer.json());
  } catch (error) {
    if (signal.aborted) throw error;
    throw new Refused({ title: "The answer is not whole", detail: "It broke off on its way, so it is not shown: a part could be taken for all.", hint: "A limit of the server may have been reached. Ask for less." });
  }
  return { result, seconds: (performance.now() - began) / 1000 };
}
