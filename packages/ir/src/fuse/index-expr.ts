import type { Value } from "../graph.js";
import type { IndexOps } from "../index-ops.js";
import { type Shape, stridesOf } from "../types.js";

/**
 * Element positions as symbols: a sum of atoms with integer factors, in normal form, each with a known range. Two
 * positions are the same exactly where their keys are equal, which is how fusion knows that one thread reads what
 * it wrote itself; simplification by ranges is what makes a reshape or a transpose cost nothing in a kernel.
 */
export interface Index {
  readonly terms: readonly Term[];
  readonly constant: number;
  readonly key: string;
  /** Smallest and largest value. */
  readonly low: number;
  readonly high: number;
}

export interface Term {
  readonly atom: Atom;
  readonly factor: number;
}

export type Atom =
  | (AtomRange & { readonly kind: "symbol"; readonly name: string })
  | (AtomRange & { readonly kind: "div"; readonly of: Index; readonly by: number })
  | (AtomRange & { readonly kind: "mod"; readonly of: Index; readonly by: number })
  | (AtomRange & { readonly kind: "within"; readonly of: Index; readonly size: number })
  | (AtomRange & { readonly kind: "element"; readonly value: Value; readonly at: Position });

export type ElementAtom = Extract<Atom, { readonly kind: "element" }>;

interface AtomRange {
  readonly key: string;
  readonly low: number;
  readonly high: number;
}

export type Position = readonly Index[];

/** A loop variable or a part of the thread's number, in [0, size). */
export function symbol(name: string, size: number): Index {
  if (size === 1) return constantIndex(0);
  return ofAtom({ kind: "symbol", name, key: name, low: 0, high: size - 1 });
}

export function constantIndex(value: number): Index {
  return { terms: [], constant: value, key: String(value), low: value, high: value };
}

export function addIndex(a: Index, b: Index): Index {
  if (b.terms.length === 0 && b.constant === 0) return a;
  if (a.terms.length === 0 && a.constant === 0) return b;
  return recombine(sumTerms([...a.terms, ...b.terms]), a.constant + b.constant);
}

export function scaleIndex(a: Index, factor: number): Index {
  if (factor === 1) return a;
  if (factor === 0) return constantIndex(0);
  return makeIndex(
    a.terms.map((term) => ({ atom: term.atom, factor: term.factor * factor })),
    a.constant * factor,
  );
}

export function floorDivIndex(a: Index, divisor: number): Index {
  if (divisor === 1) return a;
  const { quotient, rest } = splitByDivisor(a, divisor);
  if (fits(rest, divisor)) return quotient;
  const coarse = factorOut(rest, divisor);
  if (coarse) return addIndex(quotient, floorDivIndex(coarse.quotient, divisor / coarse.factor));
  return addIndex(quotient, divAtom(rest, divisor));
}

export function modIndex(a: Index, divisor: number): Index {
  if (divisor === 1) return constantIndex(0);
  const { rest } = splitByDivisor(a, divisor);
  if (fits(rest, divisor)) return rest;
  const coarse = factorOut(rest, divisor);
  if (coarse) {
    const high = modIndex(coarse.quotient, divisor / coarse.factor);
    return addIndex(scaleIndex(high, coarse.factor), coarse.rest);
  }
  return modAtom(rest, divisor);
}

/**
 * `a`, which is known to be in [0, size) wherever it matters: the conditions of a padded or windowed read see to that.
 * What is made of it is simplified by that range; nothing else follows from it, so elsewhere it may be anything.
 */
export function withinIndex(a: Index, size: number): Index {
  const [low, high] = [Math.max(0, a.low), Math.min(size - 1, a.high)];
  if ((low === a.low && high === a.high) || low > high) return a;
  return ofAtom({ kind: "within", of: a, size, key: `[${a.key}]<${size}`, low, high });
}

/** The same sum with the sums that are known to be in a range written out, and their ranges forgotten. */
export function unboundIndex(a: Index): Index {
  if (!a.terms.some(({ atom }) => atom.kind === "within")) return a;
  let sum = constantIndex(a.constant);
  for (const { atom, factor } of a.terms) {
    const term = atom.kind === "within" ? unboundIndex(atom.of) : ofAtom(atom);
    sum = addIndex(sum, scaleIndex(term, factor));
  }
  return sum;
}

/** Row-major number of a position. */
export function linearIndex(at: Position, shape: Shape): Index {
  const strides = stridesOf(shape);
  return at.reduce((sum, index, axis) => addIndex(sum, scaleIndex(index, strides[axis]!)), constantIndex(0));
}

/** The position that has a row-major number. */
export function positionOf(linear: Index, shape: Shape): Position {
  const strides = stridesOf(shape);
  return shape.map((size, axis) => {
    const quotient = floorDivIndex(linear, strides[axis]!);
    return axis === 0 && quotient.high < size && quotient.low >= 0 ? quotient : modIndex(quotient, size);
  });
}

export function positionKey(at: Position): string {
  return at.map((index) => index.key).join(";");
}

/** The terms of a sum that `keep` holds for, without its constant. */
export function pickTerms(index: Index, keep: (term: Index) => boolean): Index {
  return makeIndex(
    index.terms.filter((term) => keep(makeIndex([term], 0))),
    0,
  );
}

/** Whether any of the named symbols takes part. */
export function mentions(index: Index, names: ReadonlySet<string>): boolean {
  return index.terms.some(({ atom }) => {
    if (atom.kind === "symbol") return names.has(atom.name);
    if (atom.kind === "element") return atom.at.some((inner) => mentions(inner, names));
    return mentions(atom.of, names);
  });
}

/** Elements of integer tensors whose run-time content takes part, those that tell where another lies included. */
export function elementsOf(index: Index): ElementAtom[] {
  return index.terms.flatMap(({ atom }) => {
    if (atom.kind === "symbol") return [];
    return atom.kind === "element" ? [atom, ...atom.at.flatMap(elementsOf)] : elementsOf(atom.of);
  });
}

/** Replaces symbols by positions, simplifying again. */
export function substitute(index: Index, replacements: ReadonlyMap<string, Index>): Index {
  let sum = constantIndex(index.constant);
  for (const { atom, factor } of index.terms) {
    sum = addIndex(sum, scaleIndex(substituteAtom(atom, replacements), factor));
  }
  return sum;
}

function substituteAtom(atom: Atom, replacements: ReadonlyMap<string, Index>): Index {
  switch (atom.kind) {
    case "symbol":
      return replacements.get(atom.name) ?? ofAtom(atom);
    case "element":
      return elementIndex(
        atom.value,
        atom.at.map((inner) => substitute(inner, replacements)),
      );
    case "div":
      return floorDivIndex(substitute(atom.of, replacements), atom.by);
    case "mod":
      return modIndex(substitute(atom.of, replacements), atom.by);
    case "within":
      return withinIndex(substitute(atom.of, replacements), atom.size);
    default:
      return atom satisfies never;
  }
}

/** Index arithmetic on symbols, for the movement rules of a node with these inputs. */
export function symbolicIndexOps(inputs: readonly Value[]): IndexOps<Index> {
  const lift = (b: Index | number): Index => (typeof b === "number" ? constantIndex(b) : b);
  return {
    literal: constantIndex,
    add: (a, b) => addIndex(a, lift(b)),
    sub: (a, b) => addIndex(a, scaleIndex(lift(b), -1)),
    mul: scaleIndex,
    floorDiv: floorDivIndex,
    mod: modIndex,
    reshape: (at, from, to) => positionOf(linearIndex(at, from), to),
    element: (k, at) => elementIndex(inputs[k]!, at),
  };
}

/** The run-time content of an int32 tensor at a position. Its range is not known: rules ask for it with `when`. */
function elementIndex(value: Value, at: Position): Index {
  const key = `$${idOf(value)}${at.length > 0 ? `[${positionKey(at)}]` : ""}`;
  return ofAtom({ kind: "element", value, at, key, low: -UNKNOWN, high: UNKNOWN });
}

const UNKNOWN = 2 ** 31;
const valueIds = new WeakMap<Value, number>();
let nextValueId = 0;

/** A number for each value, so that a key is text. */
function idOf(value: Value): number {
  let id = valueIds.get(value);
  if (id === undefined) valueIds.set(value, (id = nextValueId++));
  return id;
}

function ofAtom(atom: Atom): Index {
  return makeIndex([{ atom, factor: 1 }], 0);
}

function makeIndex(terms: readonly Term[], constant: number): Index {
  let low = constant;
  let high = constant;
  let key = "";
  for (const { atom, factor } of terms) {
    low += factor * (factor > 0 ? atom.low : atom.high);
    high += factor * (factor > 0 ? atom.high : atom.low);
    key += `${factor}*${atom.key}+`;
  }
  return { terms, constant, key: key + constant, low, high };
}

function sumTerms(terms: readonly Term[]): Term[] {
  const byKey = new Map<string, Term>();
  for (const term of terms) {
    const same = byKey.get(term.atom.key);
    byKey.set(term.atom.key, same ? { atom: term.atom, factor: same.factor + term.factor } : term);
  }
  const nonZero = [...byKey.values()].filter((term) => term.factor !== 0);
  return nonZero.sort((a, b) => (a.atom.key < b.atom.key ? -1 : 1));
}

/** x = d·⌊x/d⌋ + x mod d, read from right to left. */
function recombine(terms: Term[], constant: number): Index {
  for (const term of terms) {
    if (term.atom.kind !== "mod") continue;
    const { of, by } = term.atom;
    const quotient = scaleIndex(floorDivIndex(of, by), by * term.factor);
    if (quotient.terms.length === 0) continue;
    const present = quotient.terms.every((q) =>
      terms.some((other) => other.atom.key === q.atom.key && other.factor === q.factor),
    );
    if (!present) continue;
    const keys = new Set([term.atom.key, ...quotient.terms.map((q) => q.atom.key)]);
    const others = terms.filter((other) => !keys.has(other.atom.key));
    const whole = scaleIndex(of, term.factor);
    return recombine(sumTerms([...others, ...whole.terms]), constant - quotient.constant + whole.constant);
  }
  return makeIndex(terms, constant);
}

/**
 * Writes `a` as divisor·quotient + rest. The rest is never negative where its range is known: shaders divide towards
 * zero, which is down only from 0 on.
 */
function splitByDivisor(a: Index, divisor: number): { quotient: Index; rest: Index } {
  const isMultiple = (term: Term): boolean => term.factor % divisor === 0;
  const others = recombine(
    a.terms.filter((term) => !isMultiple(term)),
    a.constant,
  );
  const isKnown = others.low > -UNKNOWN / 2;
  const whole = Math.floor((isKnown ? Math.min(others.low, others.constant) : others.constant) / divisor);
  const quotient = makeIndex(
    a.terms.filter(isMultiple).map((term) => ({ atom: term.atom, factor: term.factor / divisor })),
    whole,
  );
  return { quotient, rest: makeIndex(others.terms, others.constant - whole * divisor) };
}

function fits(index: Index, below: number): boolean {
  return index.low >= 0 && index.high < below;
}

/** Writes `a` as factor·quotient + rest with 0 ≤ rest < factor, for a factor that divides `divisor`, if there is one. */
function factorOut(a: Index, divisor: number): { factor: number; quotient: Index; rest: Index } | undefined {
  for (const { factor: candidate } of a.terms) {
    const factor = greatestCommonDivisor(divisor, Math.abs(candidate));
    if (factor === 1 || factor === divisor) continue;
    const { quotient, rest } = splitByDivisor(a, factor);
    if (fits(rest, factor)) return { factor, quotient, rest };
  }
  return undefined;
}

function greatestCommonDivisor(a: number, b: number): number {
  while (b !== 0) [a, b] = [b, a % b];
  return a;
}

function divAtom(of: Index, by: number): Index {
  const only = singleAtom(of);
  if (only?.kind === "div") return floorDivIndex(only.of, only.by * by);
  const low = Math.floor(of.low / by);
  const high = Math.floor(of.high / by);
  if (low === high) return constantIndex(low);
  return ofAtom({ kind: "div", of, by, key: `(${of.key})/${by}`, low, high });
}

function modAtom(of: Index, by: number): Index {
  const only = singleAtom(of);
  if (only?.kind === "mod" && only.by % by === 0) return modIndex(only.of, by);
  return ofAtom({ kind: "mod", of, by, key: `(${of.key})%${by}`, low: 0, high: by - 1 });
}

function singleAtom(index: Index): Atom | undefined {
  const term = index.terms[0];
  return index.terms.length === 1 && term?.factor === 1 && index.constant === 0 ? term.atom : undefined;
}
