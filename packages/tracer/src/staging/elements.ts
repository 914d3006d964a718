import { formatType } from "@weftjs/ir";
import * as functions from "../functions/index.js";
import type { Index } from "../functions/index.js";
import { Tensor } from "../tensor.js";
import { userError } from "../trace/user-error.js";
import { decide } from "./condition.js";
import type { Obstacle } from "./obstacles.js";
import { at, isTensor } from "./operands.js";
import { type BinaryOperator, numeric, type UnaryOperator } from "./operators.js";

/** Anything with properties, as JavaScript reads it: it throws its own errors for what has none. */
type Holder = Record<PropertyKey, unknown>;

/** A place in an object that is read and then written. */
export interface Part {
  readonly holder: unknown;
  readonly key: unknown;
  readonly value: unknown;
}

/** `x[key]`: of a tensor the part that a number or an integer tensor picks along the first axis. */
export function element(x: unknown, key: unknown, site: number): unknown {
  if (x instanceof Tensor && picks(key)) return at(site, () => functions.slice(x, key));
  if (isTensor(key)) return at(site, () => (x as Holder)[key as never]);
  return (x as Holder)[key as PropertyKey];
}

/** `x[key] = value` @throws W1051 for a tensor, which never changes. */
export function setElement(x: unknown, key: unknown, value: unknown, site: number): unknown {
  if (isTensor(x) && picks(key)) throw neverChanges(x, key, site);
  (x as Holder)[key as PropertyKey] = value;
  return value;
}

/** A place read once, for `+=` and its kin. */
export function part(holder: unknown, key: unknown): Part {
  // The key becomes one before the operand is evaluated, and once.
  const name = typeof key === "object" && key !== null && !isTensor(holder) ? asKey(key) : key;
  return { holder, key: name, value: isTensor(holder) ? undefined : (holder as Holder)[name as PropertyKey] };
}

/** `o.p += operand`, `++o.p` @throws W1051 for a part of a tensor. */
export function assign(
  operator: BinaryOperator | UnaryOperator,
  { holder, key, value }: Part,
  operand: unknown,
  site: number,
): unknown {
  if (isTensor(holder)) throw neverChanges(holder, key, site);
  const step = operator as (value: unknown, operand: unknown, site: number) => unknown;
  const next = operator.length === 2 ? (operator as UnaryOperator)(value, site) : step(value, operand, site);
  (holder as Holder)[key as PropertyKey] = next;
  return next;
}

/** `o.p++` where its value is used. @throws W1051 for a part of a tensor. */
export function assignPostfix(operator: UnaryOperator, place: Part, _: undefined, site: number): unknown {
  if (isTensor(place.holder)) throw neverChanges(place.holder, place.key, site);
  const old = numeric(place.value);
  (place.holder as Holder)[place.key as PropertyKey] = operator(old, site);
  return old;
}

/** @throws W1051 for a part of a tensor. */
export function valueOf({ holder, key, value }: Part, site: number): unknown {
  if (isTensor(holder)) throw neverChanges(holder, key, site);
  return value;
}

export function putInto({ holder, key }: Part, value: unknown): void {
  (holder as Holder)[key as PropertyKey] = value;
}

/** A place that JavaScript's own operator reads and writes. @throws W1054 where it holds a tensor. */
export function decidedPart(place: Part, why: Obstacle, site: number): { value: unknown } {
  const value = valueOf(place, site);
  return {
    get value() {
      return decide(value, why, site);
    },
    set value(next) {
      putInto(place, next);
    },
  };
}

/** `x?.…` and what follows. */
export function optional<T, R>(x: T, rest: (x: T & {}) => R): R | undefined {
  return x === null || x === undefined ? undefined : rest(x);
}

function picks(key: unknown): key is Index {
  return typeof key === "number" || isTensor(key) || Array.isArray(key) || key === null;
}

function asKey(key: object): PropertyKey {
  let name: PropertyKey = "";
  // Only JavaScript itself makes a property key of an object as JavaScript does.
  void new Proxy({}, { get: (_, asked) => void (name = asked) })[key as never];
  return name;
}

function neverChanges(x: Tensor, key: unknown, site: number): Error {
  const shown = typeof key === "number" || typeof key === "string" ? String(key) : "i";
  return at(site, () =>
    userError({
      code: "W1051",
      message: `a part of a tensor was assigned to (${formatType(x.type)}); tensors never change`,
      hint: `write x = x.at(${shown}).set(value) or x = x.at(${shown}).add(value), which give a new one`,
    }),
  );
}
