import { batchGraph } from "../batching/batch-graph.js";
import { lift } from "../batching/lift.js";
import { inlineGraph } from "../autodiff/inline-graph.js";
import { asValue, GraphBuilder } from "../builder.js";
import { WeftError } from "../errors.js";
import type { Graph, Value } from "../graph.js";
import type { BatchContext } from "../op.js";
import { where } from "../ops/compare.js";
import { slice, transpose } from "../ops/movement.js";
import { any } from "../ops/reduce.js";
import { reshape } from "../ops/stretch.js";
import { withRecorder } from "../recorder.js";
import type { ValueLike } from "../types.js";
import { isTape, keptCarried, type LoopAttrs, madeBy, splitOperands, splitOutputs } from "./loop-layout.js";
import type { LoopCall } from "./loop-vjp.js";

/**
 * Many loops as one. With a known count all run alike, and what differs between them is carried for all at once.
 * Without, the loop goes on until the last has ended, and those that have ended keep what they came to.
 */
export function batchLoop(
  loop: LoopCall,
  inputs: readonly Value[],
  { attrs, batched, size }: BatchContext<LoopAttrs>,
): readonly ValueLike[] {
  const given = splitOperands(inputs, attrs);
  const differs = splitOperands(batched, attrs);
  if (attrs.count === null && (attrs.keeps || given.constants.some(isTape))) throw batchOfTapes();
  const carried = differingCarried(attrs, differs);
  // Where one loop may end before another, each needs everything that is carried for itself.
  const endsApart = attrs.count === null && carried[0]!;
  if (endsApart) carried.fill(true);

  const operands = [
    ...given.carried.map((value, k) => (carried[k] && !differs.carried[k] ? lift(value, size) : value)),
    ...given.scanned.map((value, k) => (differs.scanned[k] ? swapped(value) : value)),
    ...given.constants,
  ];
  const plan: Plan = { attrs, size, carried, scanned: differs.scanned, constants: differs.constants };
  if (endsApart) {
    const [flags, ...rest] = operands;
    const made = loop([any(flags!, { axes: [0] }), flags!, ...rest], {
      ...attrs,
      body: bodyUntilAllEnd(plan),
      carried: attrs.carried + 1,
    });
    return finished(splitOutputs(made, { ...attrs, carried: attrs.carried + 1 }), plan, 1);
  }
  const body = bodyOfMany(plan);
  return finished(splitOutputs(loop(operands, { ...attrs, body }), { ...attrs, body }), plan, 0);
}

interface Plan {
  readonly attrs: LoopAttrs;
  readonly size: number;
  /** By role, what differs between the loops. */
  readonly carried: readonly boolean[];
  readonly scanned: readonly boolean[];
  readonly constants: readonly boolean[];
}

/** What is carried differs where it started so, or comes to depend on something that does. */
function differingCarried(
  { body }: LoopAttrs,
  differs: { carried: readonly boolean[]; scanned: readonly boolean[]; constants: readonly boolean[] },
): boolean[] {
  const carried = [...differs.carried];
  for (;;) {
    const params = [false, ...carried, ...differs.scanned, ...differs.constants];
    const differing = new Set(body.params.filter((_, k) => params[k]));
    for (const node of body.nodes) {
      if (node.inputs.some((input) => differing.has(input)))
        node.outputs.forEach((output) => differing.add(output));
    }
    const next = carried.map((before, k) => before || differing.has(body.results[k]!));
    if (next.every((value, k) => value === carried[k])) return carried;
    carried.splice(0, carried.length, ...next);
  }
}

/** The body for all loops. What is the same for all is carried once. */
function bodyOfMany({ attrs, size, carried, scanned, constants }: Plan): Graph {
  const differing = [false, ...carried, ...scanned, ...constants];
  const positions = [...differing.keys()].filter((k) => differing[k]);
  const many = batchGraph(attrs.body, positions, size);
  const builder = new GraphBuilder(many.name);
  const params = many.params.map(({ type }) => builder.param(type));
  const results = withRecorder(builder, () =>
    inlineGraph(many, params).map((result, k) => asValue(carried[k] === false ? firstOf(result) : result)),
  );
  return builder.finish(results);
}

/** `(index, any, flags, …) → (any, flags, …)`: a loop that has ended stays as it is. */
function bodyUntilAllEnd(plan: Plan): Graph {
  const many = bodyOfMany(plan);
  const { attrs, size } = plan;
  const builder = new GraphBuilder(many.name);
  const [index, ...types] = many.params.map(({ type }) => type);
  const first = builder.param(index!);
  builder.param({ dtype: "bool", shape: [] });
  const params = types.map((type) => builder.param(type));
  const results = withRecorder(builder, () => {
    const flags = params[0]!;
    const made = inlineGraph(many, [first, ...params]);
    const next = made.slice(0, attrs.carried).map((value, k) => {
      if (k === 0) return where(flags, value, flags);
      const { shape } = value;
      return where(reshape(flags, { shape: [size, ...shape.slice(1).map(() => 1)] }), value, params[k]!);
    });
    return [any(next[0]!, { axes: [0] }), ...next, ...made.slice(attrs.carried)].map(asValue);
  });
  return builder.finish(results);
}

/** Outputs with the batch first; those before `skipped` are the batched loop's own. */
function finished(
  outputs: ReturnType<typeof splitOutputs<ValueLike>>,
  { attrs, size, carried }: Plan,
  skipped: number,
): readonly ValueLike[] {
  const kept = keptCarried(attrs);
  const rows = madeBy(attrs).length;
  return [
    ...outputs.carried.slice(skipped).map((value, k) => (carried[k] ? value : lift(value, size))),
    ...outputs.stacked.slice(0, rows).map(swapped),
    ...(outputs.trips ? [lift(outputs.trips, size)] : []),
    ...outputs.kept.map((value, k) => (carried[kept[k]!] ? swapped(value) : lift(value, size))),
  ];
}

/** The first two axes change places. */
function swapped(x: ValueLike): ValueLike {
  const perm = x.shape.map((_, axis) => (axis < 2 ? 1 - axis : axis));
  return transpose(x, { perm });
}

function firstOf(x: ValueLike): ValueLike {
  const [, ...shape] = x.shape;
  const zeros = x.shape.map(() => 0);
  const first = slice(x, { starts: zeros, sizes: [1, ...shape], strides: zeros.map(() => 1) });
  return reshape(first, { shape });
}

function batchOfTapes(): WeftError {
  return new WeftError({
    code: "W2072",
    message: "the gradient of a while loop cannot be batched",
    notes: ["each of the loops may run for another number of iterations, and keeps as much for its gradient"],
    hint: "batch inside: grad of the sum over vmap, or forLoop or scan with a fixed number of iterations",
  });
}
