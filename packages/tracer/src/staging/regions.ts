import { formatLocation } from "@weftjs/ir";
import type { Tensor } from "../tensor.js";
import { sharedTree } from "../transforms/shared-trees.js";
import { runTraced } from "../trace/run-session.js";
import { enterSite, placeOf } from "../trace/site.js";
import { type Journal, journaled } from "./journal.js";
import { at } from "./operands.js";

/**
 * Runs a piece that counts only if a tensor says so, and notes what it changes. Calls in it stand where they stand, not
 * at the condition.
 */
export function inRegion<T>(body: (journal: Journal) => T): T {
  const site = enterSite(0);
  try {
    return journaled(body);
  } finally {
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
