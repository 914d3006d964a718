import type { Graph, Value } from "../graph.js";
import { copy } from "../ops/convert.js";
import { matmul } from "../ops/matmul.js";
import { pad, slice } from "../ops/movement.js";
import { rewriteGraph } from "../passes/rewrite-graph.js";
import type { Target } from "../target.js";
import type { ValueLike } from "../types.js";
import { addIndex, type Index, linearIndex, scaleIndex, symbol } from "./index-expr.js";
import { readsOf } from "./reads.js";

/** Multiplications from which a copy of one operand is lost beside the product. */
const WORTH_PACKING = 1 << 24;
/** Rows of the left operand, each of which reads the whole right one. */
const LEAST_ROWS = 32;
/** Elements that a vector has. */
const LANES = 4;

/**
 * On a software adapter a product takes twice as long if its right operand cannot be read by vectors along its rows:
 * where it is a transpose, or where its rows are no whole number of vectors. So large ones are written as they are
 * read, once for all products that read them, with zeros that fill the last vector, whose columns are cut off again.
 * What movement makes larger, as windows do, stays as it is. O(nodes).
 */
export function packOperands(graph: Graph, target: Target): Graph {
  if (target.kind !== "software") return graph;
  const rows = rowsByRight(graph);
  const packed = new Map<Value, ValueLike>();
  return rewriteGraph(graph, (node, edit) => {
    const [left, right] = node.inputs as [Value, Value];
    if (node.op !== matmul || !isWorthIt(right, rows.get(right) ?? 0)) return;
    edit.replace(node, () => {
      if (!packed.has(right)) packed.set(right, inWholeVectors(right));
      return cutTo(matmul(left, packed.get(right)!), node.outputs[0]!);
    });
  });
}

/** Rows by which each right operand is multiplied, in all products together. */
function rowsByRight(graph: Graph): ReadonlyMap<Value, number> {
  const rows = new Map<Value, number>();
  for (const { op, inputs } of graph.nodes) {
    if (op !== matmul) continue;
    const [left, right] = inputs as [Value, Value];
    rows.set(right, (rows.get(right) ?? 0) + left.shape.at(-2)!);
  }
  return rows;
}

function isWorthIt(right: Value, rows: number): boolean {
  if (rows < LEAST_ROWS || right.shape.at(-1)! < LANES || rows * right.size < WORTH_PACKING) return false;
  return isAsLargeAsItsBase(right) && !isReadByVectors(right);
}

function isAsLargeAsItsBase(value: Value): boolean {
  let base = value;
  while (base.node?.op.kind === "movement") {
    if (base.node.inputs.length !== 1 || base.node.inputs[0]!.size < base.size) return false;
    base = base.node.inputs[0]!;
  }
  return true;
}

/** Whether four neighbours along a row lie together in memory, from a whole number of vectors on. */
function isReadByVectors(matrix: Value): boolean {
  const columns = matrix.shape.at(-1)!;
  if (columns % LANES !== 0) return false;
  const lane = addIndex(scaleIndex(symbol("vector", columns / LANES), LANES), symbol("lane", LANES));
  const at = [...matrix.shape.keys()].map((axis) => symbol(`axis${axis}`, matrix.shape[axis]!));
  const [read, ...others] = readsOf(matrix, at.with(-1, lane));
  if (!read || others.length > 0) return false;
  return hasWholeVectors(linearIndex(read.at, read.value.shape));
}

function hasWholeVectors({ terms, constant }: Index): boolean {
  const isLane = ({ atom }: (typeof terms)[number]): boolean =>
    atom.kind === "symbol" && atom.name === "lane";
  return (
    constant % LANES === 0 &&
    terms.every((term) => (isLane(term) ? term.factor === 1 : term.factor % LANES === 0)) &&
    terms.some(isLane)
  );
}

function inWholeVectors(matrix: Value): ValueLike {
  const columns = matrix.shape.at(-1)!;
  const missing = -columns & (LANES - 1);
  if (missing === 0) return copy(matrix);
  const none = matrix.shape.map(() => 0);
  return copy(pad(matrix, { low: none, high: none.with(-1, missing), interior: [], value: 0 }));
}

function cutTo(product: ValueLike, { shape }: Value): ValueLike {
  if (product.shape.at(-1) === shape.at(-1)) return product;
  return slice(product, { starts: shape.map(() => 0), sizes: shape, strides: shape.map(() => 1) });
}
