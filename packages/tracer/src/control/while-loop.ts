import { add } from "../functions/arithmetic.js";
import { less } from "../functions/compare.js";
import { astype } from "../functions/convert.js";
import { Tensor } from "../tensor.js";
import { runTraced } from "../trace/run-session.js";
import { inputNames } from "../transforms/argument-names.js";
import { currentSession } from "../transforms/grad.js";
import { sharedTree } from "../transforms/shared-trees.js";
import { unflatten } from "../tree/tree.js";
import { flagOf } from "./cond.js";
import { noCondition } from "./control-errors.js";
import { nextLeaves, runLoop, stateOf } from "./loop-block.js";

/**
 * `while (condition(state)) state = body(state)` on the device, from `init`; gives the last state. The functions run once
 * while the call is traced. The state is a tree of tensors, whose structure, shapes and dtypes stay as they are; numbers
 * in `init` become float32 scalars, booleans bool ones. JavaScript looks at the condition between growing chunks of
 * iterations only; iterations after the last change nothing. Its gradient keeps what is carried of each iteration.
 *
 * @throws W1063 a state that changes its type; W1064 a condition that is no scalar tensor; W1005 a function that gives
 * a promise; W2071 a gradient of a gradient, both in reverse; W2072 a gradient under `vmap`.
 */
export function whileLoop<S>(condition: (state: S) => Tensor | boolean, body: (state: S) => S, init: S): S {
  return traced("whileLoop", body, [init], () => {
    const state = stateOf(init);
    const { structure } = state.tree;
    const goesOn = (tensors: readonly (Tensor | number)[]): Tensor =>
      flagOf(condition(unflatten(structure, tensors) as S), "the condition of a loop");
    const outputs = runLoop(currentSession(), {
      count: null,
      reverse: false,
      carried: [goesOn(state.tensors), ...state.tensors],
      scanned: [],
      iteration: (_, [, ...carried]) => {
        const next = nextLeaves(state, body(unflatten(structure, carried) as S));
        return { carried: [goesOn(next), ...next], made: [] };
      },
    });
    return unflatten(structure, outputs.slice(1)) as S;
  });
}

/**
 * `for (let i = low; i < high; i++) state = body(i, state)` on the device, from `init`; gives the last state. `i` is an
 * int32 scalar. With numbers for both ends the count is known: one submit, and gradients of any order. With a tensor
 * for one of them it is a `whileLoop`.
 *
 * @throws W1063 a state that changes its type; W1064 an end that is no whole number and no scalar; W1005 a body that
 * gives a promise.
 */
export function forLoop<S>(
  low: Tensor | number,
  high: Tensor | number,
  body: (i: Tensor, state: S) => S,
  init: S,
): S {
  if (typeof low === "number" && typeof high === "number") return countedLoop(low, high, body, init);
  const from = whole(low);
  const [, last] = whileLoop(
    ([i]: readonly [Tensor, S]) => less(i, whole(high)),
    ([i, state]: readonly [Tensor, S]): readonly [Tensor, S] => [add(i, 1), body(i, state)],
    [from instanceof Tensor ? from : astype(from, "int32"), init],
  );
  return last;
}

function countedLoop<S>(low: number, high: number, body: (i: Tensor, state: S) => S, init: S): S {
  const count = Math.max(0, whole(high) - whole(low));
  return traced("forLoop", body, [init], () => {
    const state = stateOf(init);
    const { structure } = state.tree;
    const outputs = runLoop(currentSession(), {
      count,
      reverse: false,
      carried: state.tensors,
      scanned: [],
      iteration: (index, carried) => {
        const i = low === 0 ? index : add(index, low);
        return { carried: nextLeaves(state, body(i, unflatten(structure, carried) as S)), made: [] };
      },
    });
    return unflatten(structure, outputs) as S;
  });
}

/** @throws W1064 */
function whole<T extends Tensor | number>(end: T): T {
  const isEnd = typeof end === "number" ? Number.isSafeInteger(end) : end.ndim === 0;
  if (!isEnd) throw noCondition(end, "an end of a loop");
  return end;
}

/** A loop as a trace of its own, or as part of the one that is running. */
export function traced<T>(
  name: string,
  body: (...args: never[]) => unknown,
  args: readonly unknown[],
  run: () => T,
): T {
  return runTraced(sharedTree(body, name, name, []), args, run, {
    nameInputs: (inputs) => inputNames(inputs, args, ["init", "xs"]),
  });
}
