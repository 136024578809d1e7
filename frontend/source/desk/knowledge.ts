// What the desk knows of the data: names, prefixes, saved questions and limits. Fetched once, searched here.
export interface Parameter { name: string; kind: string; description: string; default: string }
export interface Question { name: string; question: string; why: string; group: string; text: string; parameters: Parameter[] }
export interface Name { short: string; label: string; kind: string; others: string[]; words: string }
interface Told {
  prefixes: Record<string, string>;
  names: string[][];
  kinds: Record<string, string[]>;
  questions: Question[];
  limits: { seconds: number; rows: number | null; bytes: number | null };
}

const TERMS = new Set(["class", "relation", "attribute"]);
const LOCAL = /^[A-Za-z0-9_-]+$/;

function plain(words: string): string {
  return words.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
}

/** How far two words are apart, in letters added, left out or changed. */
function distance(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, at) => at);
  for (let i = 1; i <= one.length; i++) {
    const next = [i];
    for (let j = 1; j <= other.length; j++) {
      next.push(Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (one[i - 1] === other[j - 1] ? 0 : 1)));
    }
    row = next;
  }
  return row[other.length]!;
}

export class Knowledge {
  readonly prefixes: Record<string, string>;
  readonly questions: Question[];
  readonly limits: Told["limits"];
  readonly base: string;
  private readonly names: Name[];
  private readonly kinds: Record<string, string[]>;
  private readonly byShort = new Map<string, Name>();
  private readonly prefixOf: Map<string, string>;

  constructor(told: Told) {
    this.prefixes = told.prefixes;
    this.questions = told.questions;
    this.limits = told.limits;
    this.kinds = told.kinds;
    this.base = told.prefixes["graph"]!.replace(/graph\/$/, "");
    this.prefixOf = new Map(Object.entries(told.prefixes).map(([prefix, iri]) => [iri, prefix]));
    this.names = told.names.map(([short = "", label = "", kind = "", ...others]) => {
      // The definition of a term is read, not searched.
      const searched = TERMS.has(kind) ? [short, label] : [short, label, ...others];
      const parts = searched.join(" ").replace(/([a-z])([A-Z])/g, "$1 $2");
      return { short, label, kind, others, words: ` ${plain(`${short} ${parts}`).replace(/[^\p{L}\p{N}]+/gu, " ")} ` };
    });
    for (const name of this.names) this.byShort.set(name.short, name);
  }

  static async fetched(address: string): Promise<Knowledge> {
    const answer = await fetch(address);
    if (!answer.ok) throw new Error(`The names could not be fetched (${answer.status}).`);
    return new Knowledge(await answer.json());
  }

  /** Those whose words begin with all of these, the nearest first. */
  search(text: string, most: number, among?: (name: Name) => boolean): Name[] {
    const words = plain(text).split(/[^\p{L}\p{N}]+/u).filter(Boolean);
    if (!words.length) return [];
    const whole = words.join(" ");
    const found: [number, Name][] = [];
    for (const name of this.names) {
      if (among && !among(name)) continue;
      if (!words.every((word) => name.words.includes(` ${word}`))) continue;
      const local = plain(name.short.slice(name.short.indexOf(":") + 1));
      let rank = name.words.length / 40 + (TERMS.has(name.kind) ? -2 : 0) + (name.kind === "passage" ? 6 : 0);
      if (local === whole || name.others.some((other) => plain(other) === whole)) rank -= 20;
      else if (plain(name.label).startsWith(words[0]!)) rank -= plain(name.label).startsWith(whole) ? 10 : 8;
      found.push([rank, name]);
    }
    return found.sort((one, other) => one[0] - other[0]).slice(0, most).map(([, name]) => name);
  }

  /** Those with this prefix whose local name begins like that. */
  within(prefix: string, start: string, most: number): Name[] {
    const begins = `${prefix}:${start}`.toLowerCase();
    const direct = this.names.filter((name) => name.short.toLowerCase().startsWith(begins));
    const also = start ? this.search(start, most, (name) => name.short.startsWith(`${prefix}:`)) : [];
    return [...new Set([...direct.slice(0, most), ...also])].slice(0, most);
  }

  /** The things a parameter of this kind can be. */
  fits(kind: string, name: Name): boolean {
    return this.kinds[kind]?.includes(name.kind) ?? false;
  }

  /** Whether a parameter of this kind is a thing. */
  isThing(kind: string): boolean {
    return kind in this.kinds;
  }

  named(short: string): Name | undefined {
    return this.byShort.get(short);
  }

  /** The name of an IRI, where it is one of ours. */
  of(iri: string): Name | undefined {
    return this.byShort.get(this.shortened(iri));
  }

  /** An IRI as a prefixed name where one of our prefixes fits, else in angle brackets. */
  shortened(iri: string): string {
    const at = Math.max(iri.lastIndexOf("/"), iri.lastIndexOf("#")) + 1;
    const prefix = this.prefixOf.get(iri.slice(0, at));
    return prefix !== undefined && LOCAL.test(iri.slice(at)) ? `${prefix}:${iri.slice(at)}` : `<${iri}>`;
  }

  /** The IRI that a prefixed name of ours stands for. */
  iri(short: string): string {
    const at = short.indexOf(":");
    return (this.prefixes[short.slice(0, at)] ?? "") + short.slice(at + 1);
  }

  /** The prefix of these IRIs, where they are ours and all of them are known here. */
  ours(namespace: string): string | undefined {
    const prefix = this.prefixOf.get(namespace);
    return prefix !== undefined && (prefix === "" || namespace.startsWith(`${this.base}id/`)) ? prefix : undefined;
  }

  /** The names that somebody may have meant: those that begin so, the shortest first; without one, the nearest. */
  near(prefix: string, local: string, most: number): Name[] {
    const start = `${prefix}:${local}`;
    const begun = this.names.filter((name) => name.short.toLowerCase().startsWith(start.toLowerCase()));
    if (begun.length) {
      const far = (name: Name): number => name.short.length + (name.short.startsWith(start) ? 0 : 1000);
      return begun.sort((one, other) => far(one) - far(other)).slice(0, most);
    }
    const found = this.nearest(prefix, local);
    return found ? [found] : [];
  }

  private nearest(prefix: string, local: string): Name | undefined {
    const wanted = local.toLowerCase();
    let best: Name | undefined;
    let least = Math.max(1, Math.floor(wanted.length / 3)) + 1;
    for (const name of this.names) {
      if (!name.short.startsWith(`${prefix}:`)) continue;
      const other = name.short.slice(prefix.length + 1).toLowerCase();
      if (Math.abs(other.length - wanted.length) >= least) continue;
      const far = distance(wanted, other);
      if (far < least) [least, best] = [far, name];
    }
    return best ?? this.search(local, 1, (name) => name.short.startsWith(`${prefix}:`))[0];
  }
}
