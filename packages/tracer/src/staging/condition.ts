import { formatType } from "@weftjs/ir";
import * as functions from "../functions/index.js";
import type { Tensor } from "../tensor.js";
import { userError } from "../trace/user-error.js";
import { at, isTensor } from "./operands.js";

/** Why a tensor cannot decide at a place: what stands there, and what to write instead. */
const OBSTACLES = {
  break: [
    "a jump to a label, or out of a try, a switch or a block of its own, cannot be compiled",
    "write the condition into the head of the loop: while (!done && …)",
  ],
  return: [
    "a return out of a try, a switch or a block of its own cannot be compiled",
    "assign to a variable, and return it after the end",
  ],
  iterator: [
    "how far the iterator is asked for values would depend on it",
    "loop over an array: for (const x of [...values])",
  ],
  await: ["await inside or after it cannot be compiled", "await before the condition"],
  yield: ["yield inside or after it cannot be compiled", "yield before or after, not in between"],
  throw: [
    "an exception is thrown while the function is traced, whatever the tensor's value",
    "choose a value, as in where(c, x, NaN), or await the tensor and throw outside of traced functions",
  ],
  variable: [
    "a variable declared inside is used outside of it",
    "declare the variable before it with let, and functions before they are used",
  ],
  closure: [
    "a function inside keeps a variable of the loop's head, of which each iteration has its own",
    "copy it to a const in the body",
  ],
  assignment: ["its condition assigns a variable", "assign in the body of the loop"],
  switch: ["switch compares with ===", "write if (equal(x, 1)) … else …"],
  answer: [
    "the array's method takes every tensor for true",
    "make one tensor of the array with stack, and ask any(…), all(…) or where(…) of that; or await the answer's item()",
  ],
  name: ["a function without a name cannot be chosen by it", "write if (…) instead of the assignment"],
  chain: ["?.[ ] with await or yield in it cannot read its elements", "put the key into a variable before"],
  function: ["a function is declared as its branch", "put it into a block"],
} as const;

/** A value that JavaScript alone can decide on. @throws W1054 for a tensor. */
export function decide(value: unknown, why: keyof typeof OBSTACLES, site: number): unknown {
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
