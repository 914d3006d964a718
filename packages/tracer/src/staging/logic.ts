import { noteDecision } from "../trace/decisions.js";
import * as functions from "../functions/index.js";
import type { Tensor } from "../tensor.js";
import { truth } from "./condition.js";
import { type Part, putInto, valueOf } from "./elements.js";
import { undo } from "./journal.js";
import { at, isTensor } from "./operands.js";
import { inRegion } from "./regions.js";
import { stageChoice } from "./stage-choice.js";
import { type Get, type Set, variablesOf } from "./variables.js";

/** `a && b()` */
export function and(
  a: unknown,
  b: () => unknown,
  site: number,
  names?: string,
  get?: Get,
  set?: Set,
): unknown {
  if (!isTensor(a)) {
    noteDecision(a, undefined, site);
    return a ? b() : a;
  }
  if (a.dtype !== "bool" || names) return stageChoice(a, b, () => a, variablesOf(names, get, set), site, b);
  return joined(functions.logicalAnd, a, b, site) ?? stageChoice(a, b, () => a, variablesOf(), site, b);
}

/** `a || b()` */
export function or(
  a: unknown,
  b: () => unknown,
  site: number,
  names?: string,
  get?: Get,
  set?: Set,
): unknown {
  if (!isTensor(a)) {
    noteDecision(a, undefined, site);
    return a ? a : b();
  }
  if (a.dtype !== "bool" || names) return stageChoice(a, () => a, b, variablesOf(names, get, set), site, b);
  return joined(functions.logicalOr, a, b, site) ?? stageChoice(a, () => a, b, variablesOf(), site, b);
}

/** Two truths that hold or not, whichever is looked at first, need no region; undefined where the second is no truth. */
function joined(
  op: typeof functions.logicalAnd,
  a: Tensor,
  b: () => unknown,
  site: number,
): Tensor | undefined {
  const truthOfB = inRegion((journal) => {
    const value = b();
    const changes = journal.changes();
    undo(changes);
    const isTruth = typeof value === "boolean" || (isTensor(value) && value.dtype === "bool");
    return isTruth && changes.length === 0 ? value : undefined;
  });
  if (truthOfB === undefined) return undefined;
  return at(site, () => op(truth(a), typeof truthOfB === "boolean" ? Number(truthOfB) : truth(truthOfB)));
}

/** `x &&= b()` where `x` is no variable of the function's. */
export function andSet(
  set: (value: unknown) => void,
  a: unknown,
  b: () => unknown,
  site: number,
  names?: string,
  get?: Get,
  replace?: Set,
): unknown {
  if (!isTensor(a) && !a) return a;
  const value = and(a, b, site, names, get, replace);
  set(value);
  return value;
}

/** `x ||= b()` where `x` is no variable of the function's. */
export function orSet(
  set: (value: unknown) => void,
  a: unknown,
  b: () => unknown,
  site: number,
  names?: string,
  get?: Get,
  replace?: Set,
): unknown {
  if (!isTensor(a) && a) return a;
  const value = or(a, b, site, names, get, replace);
  set(value);
  return value;
}

/** `o.p &&= b()` @throws W1051 for a part of a tensor. */
export function assignAnd(
  place: Part,
  b: () => unknown,
  site: number,
  names?: string,
  get?: Get,
  set?: Set,
): unknown {
  const put = (value: unknown): void => putInto(place, value);
  return andSet(put, valueOf(place, site), b, site, names, get, set);
}

/** `o.p ||= b()` @throws W1051 for a part of a tensor. */
export function assignOr(
  place: Part,
  b: () => unknown,
  site: number,
  names?: string,
  get?: Get,
  set?: Set,
): unknown {
  const put = (value: unknown): void => putInto(place, value);
  return orSet(put, valueOf(place, site), b, site, names, get, set);
}
