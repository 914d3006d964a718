import { formatType } from "@weftjs/ir";
import * as functions from "../functions/index.js";
import type { Tensor } from "../tensor.js";
import { userError } from "../trace/user-error.js";
import { type Obstacle, OBSTACLES } from "./obstacles.js";
import { at, isTensor } from "./operands.js";

/** A value that JavaScript alone can decide on. @throws W1054 for a tensor. */
export function decide(value: unknown, why: Obstacle, site: number): unknown {
  if (!isTensor(value)) return value;
  const [reason, hint] = OBSTACLES[why];
  throw at(site, () =>
    userError({
      code: "W1054",
      message: `a tensor decides here (${formatType(value.type)}), and ${reason}`,
      hint,
    }),
  );
}

/** Whether a tensor counts as true, as a bool of no axes: neither 0 nor NaN. @throws W1055 for several elements. */
export function truth(value: Tensor): Tensor {
  if (value.size !== 1) {
    throw userError({
      code: "W1055",
      message: `a condition is one value, got ${formatType(value.type)}`,
      hint: "write any(c) or all(c), or where(c, a, b) to choose element by element",
    });
  }
  const scalar = value.ndim === 0 ? value : functions.reshape(value, []);
  return truthful(scalar);
}

/** Element by element whether it counts as true in JavaScript. */
export function truthful(value: Tensor): Tensor {
  if (value.dtype === "bool") return value;
  const isNonzero = functions.notEqual(value, 0);
  return value.dtype.startsWith("float")
    ? functions.logicalAnd(isNonzero, functions.equal(value, value))
    : isNonzero;
}

/** `Boolean(x)` */
export function holds(value: unknown, site: number): unknown {
  return isTensor(value) ? at(site, () => truthful(value)) : Boolean(value);
}

/** What JavaScript is about to take for a number, or for none, without asking. @throws W1001 for a tensor. */
export function number(value: unknown, site: number): unknown {
  return isTensor(value) ? at(site, () => Number(value)) : value;
}

/** A function whose answer JavaScript takes for true or false. @throws W1054 where it is a tensor. */
export function predicate(f: unknown, site: number): unknown {
  if (typeof f !== "function") return f;
  return function (this: unknown, ...args: unknown[]): unknown {
    return decide(f.apply(this, args), "answer", site);
  };
}
