import { undecided } from "./condition.js";
import type { Tensor } from "../tensor.js";

type Body = (carry: readonly Tensor[]) => readonly Tensor[];

/** Either branch, as a tensor says. @throws W1054 */
export function cond(
  predicate: Tensor,
  _then: () => readonly Tensor[],
  _otherwise: () => readonly Tensor[],
): readonly Tensor[] {
  throw undecided(predicate);
}

/** @throws W1054 */
export function whileLoop(
  _test: (carry: readonly Tensor[]) => Tensor,
  _body: Body,
  start: readonly Tensor[],
): readonly Tensor[] {
  throw undecided(start[0]!);
}
