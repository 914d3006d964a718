import type { Node, Value } from "../graph.js";
import type { BatchContext } from "../op.js";
import { concat, slice } from "../ops/movement.js";
import { constant } from "../ops/source.js";
import { reshape } from "../ops/stretch.js";
import { currentRecorder } from "../recorder.js";
import type { Operand, ValueLike } from "../types.js";

/**
 * Many calls of one op as few, recorded with the recorder in force: one output with the batch for its first axis for
 * each output of the op. The op's own `batch` comes first; without one it follows from the kind:
 *
 * - *pointwise*: the op itself; operands that are the same for all calls stretch, as their shapes align at the end.
 * - *reduce*: the op itself, its axes one further.
 * - a movement or a kernel without a rule: one call after another, the results joined. Right for every op, and
 *   as many nodes as calls.
 */
export function batchNode(node: Node, inputs: readonly Value[], context: BatchContext): readonly ValueLike[] {
  const { op, attrs } = node;
  if (op.batch) return op.batch(inputs, context);
  switch (op.kind) {
    case "pointwise":
      return [recordOne(node, inputs, attrs)];
    case "reduce":
      return [recordOne(node, inputs, { axes: (attrs.axes as readonly number[]).map((axis) => axis + 1) })];
    case "source":
    case "movement":
    case "kernel":
    case "region":
    case "loop":
      return oneByOne(node, inputs, context);
    default:
      return op satisfies never;
  }
}

function recordOne(node: Node, operands: readonly Operand[], attrs: Node["attrs"]): ValueLike {
  return currentRecorder().record(node.op, operands, attrs) as ValueLike; // These kinds have one output.
}

function oneByOne(
  node: Node,
  inputs: readonly Value[],
  { size, batched }: BatchContext,
): readonly ValueLike[] {
  if (size === 0) {
    return node.outputs.map(({ dtype, shape }) => constant({ value: 0, dtype, shape: [0, ...shape] }));
  }
  const calls = Array.from({ length: size }, (_, call) => {
    const operands = inputs.map((input, k) => (batched[k] ? element(input, call) : input));
    return [currentRecorder().record(node.op, operands, node.attrs)].flat() as readonly ValueLike[];
  });
  return node.outputs.map(({ shape }, k) => {
    const rows = calls.map((outputs) => reshape(outputs[k]!, { shape: [1, ...shape] }));
    return concat(rows, { axis: 0 });
  });
}

function element(x: Value, position: number): ValueLike {
  const [, ...shape] = x.shape;
  const starts = [position, ...shape.map(() => 0)];
  const row = slice(x, { starts, sizes: [1, ...shape], strides: starts.map(() => 1) });
  return reshape(row, { shape });
}
