import type { TensorType } from "@weftjs/ir";
import { full } from "../functions/index.js";
import type { Tensor } from "../tensor.js";
import { truth } from "./condition.js";
import { at, isTensor } from "./operands.js";
import { Outcome } from "./outcome.js";
import { asTrace, inRegion } from "./regions.js";
import { whileLoop } from "../control/index.js";
import { type Get, isTemporary, pick, type Set, type Variables, variablesOf } from "./variables.js";

const BEFORE = "before the loop";
const AFTER = "after an iteration";

/** The types of the leaves, as far as they are decided. */
type Wanted = readonly (TensorType | null)[];

/** A number before the loop is another kind of tensor after an iteration: it has to be that from the start. */
class NumberBecomesTensor {
  constructor(readonly types: Wanted) {}
}

/** `while (test()) body()` */
export function loop(
  test: () => unknown,
  body: () => void,
  site: number,
  names?: string,
  get?: Get,
  set?: Set,
  key: object = body,
): void {
  for (;;) {
    const holds = test();
    if (isTensor(holds)) return stageLoop(test, body, variablesOf(names, get, set), site, key);
    if (!holds) return;
    body();
  }
}

/** `do body() while (test())` */
export function loopAfter(
  body: () => void,
  test: () => unknown,
  site: number,
  names?: string,
  get?: Get,
  set?: Set,
): void {
  body();
  loop(test, body, site, names, get, set);
}

/** `for (; test(); next()) body()` */
export function loopFor(
  test: () => unknown,
  next: () => void,
  body: () => void,
  site: number,
  names?: string,
  get?: Get,
  set?: Set,
): void {
  const step = (): void => {
    body();
    next();
  };
  loop(test, step, site, names, get, set, body);
}

/** @throws W1053 where a variable does not stay of one kind; W1055 for a condition of several elements. */
function stageLoop(
  test: () => unknown,
  body: () => void,
  variables: Variables,
  site: number,
  key: object,
): void {
  const carried = withoutTemporaries(variables);
  const before = carried.get();
  const run = (wanted: Wanted): void => {
    const start = new Outcome(carried.names, before);
    const last = asTrace("while", key, before, site, () => stage(test, body, carried, start, site, wanted));
    carried.set(start.filled(last));
  };
  try {
    run([]);
  } catch (error) {
    if (!(error instanceof NumberBecomesTensor)) throw error;
    carried.set(before);
    run(error.types);
  }
}

/** Variables that each iteration gives a value before it reads them may have none at the start. */
function withoutTemporaries(variables: Variables): Variables {
  const values = variables.get();
  const isCarried = (name: string, k: number): boolean => !isTemporary(name) || values[k] !== undefined;
  const kept = variables.names.flatMap((name, k) => (isCarried(name, k) ? [k] : []));
  return pick(variables, kept);
}

/** Gives the data of the variables after the loop; what no iteration changes stays as it was. */
function stage(
  test: () => unknown,
  body: () => void,
  variables: Variables,
  start: Outcome,
  site: number,
  wanted: Wanted,
): readonly unknown[] {
  const inside = <T>(carry: readonly Tensor[], run: () => T): T => {
    variables.set(start.filled(carry));
    return inRegion(run);
  };
  const goesOn = (carry: readonly Tensor[]): Tensor => {
    const holds = inside(carry, test);
    return at(site, () => (isTensor(holds) ? truth(holds) : constant(Boolean(holds))));
  };
  let isUnchanged: readonly boolean[] = [];
  const iterate = (carry: readonly Tensor[]): readonly Tensor[] => {
    inside(carry, body);
    const after = new Outcome(variables.names, variables.get());
    const types = start.agreeWith(after, BEFORE, AFTER);
    if (wanted.length === 0 && start.isWidenedBy(types)) throw new NumberBecomesTensor(types);
    const data = after.data();
    isUnchanged = carry.map((tensor, k) => Object.is(tensor, data[k]));
    return after.tensors(types);
  };
  const last = whileLoop(goesOn, iterate, start.tensors(wanted));
  const first = start.data();
  return last.map((tensor, k) => (isUnchanged[k] ? first[k] : tensor));
}

function constant(holds: boolean): Tensor {
  return full([], Number(holds), { dtype: "bool" });
}
