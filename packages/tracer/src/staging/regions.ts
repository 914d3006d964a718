import { formatLocation } from "@weftjs/ir";
import { Tensor } from "../tensor.js";
import { sharedTree } from "../transforms/shared-trees.js";
import { runTraced } from "../trace/run-session.js";
import { enterSite, placeOf } from "../trace/site.js";
import { userError } from "../trace/user-error.js";
import { at } from "./operands.js";

let depth = 0;

/** Runs a piece that counts only if a tensor says so. Calls in it stand where they stand, not at the condition. */
export function inRegion<T>(body: () => T): T {
  const site = enterSite(0);
  depth++;
  try {
    return body();
  } finally {
    depth--;
    enterSite(site);
  }
}

/**
 * Runs what makes a region: in line where a trace is running, else as a trace of its own, which belongs to the user's
 * function `key` and is found again by it. Gives what `body` gives, its tensors computed.
 */
export function asTrace<T>(kind: "if" | "while", key: object, args: unknown, site: number, body: () => T): T {
  const place = placeOf(site);
  const name = place ? `${kind} at ${formatLocation(place)}` : kind;
  const options = { nameInputs: (inputs: readonly Tensor[]) => inputs.map(() => null) };
  return runTraced(
    () => sharedTree(key, kind, name, []),
    args,
    () => at(site, body),
    options,
  );
}

/** An object that is about to be changed. @throws W1056 where a tensor decides whether it is. */
export function mutable<T>(holder: T, site: number): T {
  if (depth === 0 || typeof holder !== "object" || holder === null || holder instanceof Tensor) return holder;
  throw at(site, () =>
    userError({
      code: "W1056",
      message: `${Array.isArray(holder) ? "an array" : "an object"} is changed where a tensor decides whether it is`,
      notes: ["both ways run while the function is traced, and both would change it"],
      hint: "assign to a variable, and put its value into the object after the condition or loop",
    }),
  );
}
