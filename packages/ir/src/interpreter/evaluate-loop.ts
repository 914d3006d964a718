import { keptCarried, type LoopAttrs, splitOperands, stackType } from "../control/loop-layout.js";
import type { Graph, Node } from "../graph.js";
import { elementCount, type TensorType } from "../types.js";
import type { HostTensor } from "./host-tensor.js";

/** Runs one iteration. */
type RunBody = (body: Graph, inputs: readonly HostTensor[]) => readonly HostTensor[];

/** The outputs of a loop, one iteration after another. */
export function evaluateLoop(node: Node, inputs: readonly HostTensor[], run: RunBody): readonly HostTensor[] {
  const attrs = node.attrs as LoopAttrs;
  const { body, count, reverse, keeps } = attrs;
  const { scanned, constants, ...given } = splitOperands(inputs, attrs);
  let carried = given.carried;
  const made: HostTensor[][] = [];
  const kept: HostTensor[][] = [];
  let trips = 0;
  for (; count === null ? carried[0]!.data[0] !== 0 : trips < count; trips++) {
    const index = reverse ? count! - 1 - trips : trips;
    kept.push(keptCarried(attrs).map((k) => carried[k]!));
    const rows = scanned.map((tensor) => rowOf(tensor, index));
    const results = run(body, [integer(index), ...carried, ...rows, ...constants]);
    carried = results.slice(0, attrs.carried);
    made.push(results.slice(attrs.carried));
  }
  const inOrder = <T>(rows: T[]): T[] => (reverse ? rows.reverse() : rows);
  const stacks = body.results
    .slice(attrs.carried)
    .map(({ type }, k) => stacked(inOrder(made.map((row) => row[k]!)), stackType(type, count)));
  const tapes = keptCarried(attrs).map((k, position) => {
    const type = stackType(given.carried[k]!.type, count);
    return stacked(inOrder(kept.map((row) => row[position]!)), type);
  });
  return [...carried, ...stacks, ...(count === null ? [integer(trips)] : []), ...(keeps ? tapes : [])];
}

function integer(value: number): HostTensor {
  return { type: { dtype: "int32", shape: [] }, data: Float64Array.of(value) };
}

function rowOf({ type, data }: HostTensor, index: number): HostTensor {
  const shape = type.shape.slice(1);
  const size = elementCount(shape);
  return { type: { dtype: type.dtype, shape }, data: data.slice(index * size, (index + 1) * size) };
}

/** Of a loop without known count, only the rows that there are. */
function stacked(rows: readonly HostTensor[], type: TensorType): HostTensor {
  const size = elementCount(type.shape.slice(1));
  const data = new Float64Array(rows.length * size);
  rows.forEach((row, k) => data.set(row.data, k * size));
  return { type, data };
}
