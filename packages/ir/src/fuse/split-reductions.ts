import type { Graph, Node, Value } from "../graph.js";
import type { KernelOp, ReduceOp } from "../op.js";
import type { Reduction } from "../op-spec.js";
import { astype } from "../ops/convert.js";
import { matmul } from "../ops/matmul.js";
import { pad, transpose } from "../ops/movement.js";
import { constant } from "../ops/source.js";
import { reshape, sum } from "../ops/stretch.js";
import { type Edit, rewriteGraph } from "../passes/rewrite-graph.js";
import { currentRecorder } from "../recorder.js";
import type { Target } from "../target.js";
import { type DType, elementCount, type Shape, type ValueLike } from "../types.js";
import { type RowDomain, rowDomain } from "./group.js";
import { type FusionLimits, fusionLimits } from "./limits.js";

/** Columns that one thread, or workgroup, sums in one go: short enough for float32 to stay exact to about 1e-6. */
const BLOCK = 256;
/** Columns from which a reduction is blocked even where rows alone keep the device busy. */
const LONG = 1 << 14;
/** A contraction as deep as this is summed in slices, if it has few results: on a GPU so many, */
const DEEP = 4096;
const FEW_RESULTS = 1 << 14;
/** elsewhere fewer than so many blocks of 4 × 8, which are what a thread computes at best there. */
const FEW_BLOCKS = 64;

/**
 * Rewrites reductions so that they suit the device: long ones in two or more stages that use all of it; one over
 * several axes in stages where another reduction runs over some of those axes, so that the first stage shares its
 * kernel; empty ones as constants. Sums are reassociated, which blocking makes more exact, not less.
 * Last of the passes, because it depends on the adapter. O(nodes).
 */
export function splitReductions(graph: Graph, target: Target): Graph {
  const limits = fusionLimits(target);
  const shared = reducedAxes(graph);
  const once = rewriteGraph(graph, (node, edit) => splitShared(node, edit, shared));
  return untilStable(once, (current) =>
    rewriteGraph(current, (node, edit) => splitLong(node, edit, limits, target)),
  );
}

function untilStable(graph: Graph, step: (graph: Graph) => Graph): Graph {
  const next = step(graph);
  return next === graph ? graph : untilStable(next, step);
}

/** For each operand shape, the sets of axes that something reduces. */
function reducedAxes(graph: Graph): Map<string, readonly number[][]> {
  const byShape = new Map<string, number[][]>();
  for (const { op, inputs, attrs } of graph.nodes) {
    if (op.kind !== "reduce") continue;
    const key = String(inputs[0]!.shape);
    byShape.set(key, [...(byShape.get(key) ?? []), [...(attrs.axes as readonly number[])]]);
  }
  return byShape;
}

function splitShared(node: Node, edit: Edit, shared: ReadonlyMap<string, readonly number[][]>): void {
  const { op, inputs, attrs } = node;
  if (op.kind !== "reduce") return;
  const axes = attrs.axes as readonly number[];
  const first = shared.get(String(inputs[0]!.shape))?.find((other) => isPart(other, axes));
  if (!first) return;
  const kept = inputs[0]!.shape.map((_, axis) => axis).filter((axis) => !first.includes(axis));
  const rest = axes.filter((axis) => !first.includes(axis)).map((axis) => kept.indexOf(axis));
  const reduce = callOf(op);
  edit.replace(node, () => reduce(reduce(inputs[0]!, { axes: first }), { axes: rest }));
}

function isPart(part: readonly number[], whole: readonly number[]): boolean {
  return part.length > 0 && part.length < whole.length && part.every((axis) => whole.includes(axis));
}

function splitLong(node: Node, edit: Edit, limits: FusionLimits, target: Target): void {
  const { op, inputs, attrs } = node;
  if (op.kind === "kernel") splitKernel(node, op, edit, target);
  if (op.kind !== "reduce") return;
  const domain = rowDomain(inputs[0]!.shape, attrs.axes as readonly number[]);
  if (domain.rows === 0) return;
  const [output] = node.outputs;
  if (domain.columns === 0) {
    edit.replace(node, () =>
      constant({ value: op.identity(output!.dtype), dtype: output!.dtype, shape: output!.shape }),
    );
  } else if (isTooLong(domain, limits, target)) {
    edit.replace(node, () => inBlocks(op, inputs[0]!, domain, output!.dtype));
  }
}

/** On a software adapter even one thread sums a row of some length in less time than a second dispatch takes. */
function isTooLong({ rows, columns }: RowDomain, limits: FusionLimits, target: Target): boolean {
  return columns > LONG || (target.kind === "gpu" && !limits.keepsBusy(rows, columns));
}

/**
 * Blocks of columns first, then the blocks' results, which of float16 are float32. Rows that lie side by side in memory
 * stay so.
 */
function inBlocks(op: ReduceOp, given: Value, domain: RowDomain, dtype: DType): ValueLike {
  const x = dtype === "float16" ? astype(given, { dtype: "float32" }) : given;
  const { shape, axes, rows, columns } = domain;
  const blocks = Math.ceil(columns / BLOCK);
  const kept = shape.filter((_, axis) => !axes.includes(axis));
  const isLeading = axes.every((axis, k) => axis === k);
  const order = [...axes, ...shape.keys()].filter((axis, k) => k < axes.length || !axes.includes(axis));
  const trailing = [...order.slice(axes.length), ...axes];
  const fill = op.identity(x.dtype);
  const reduce = callOf(op);
  const matrix = isLeading
    ? padded(reshape(x, { shape: [columns, rows] }), [blocks * BLOCK, rows], fill)
    : padded(
        reshape(transpose(x, { perm: trailing }), { shape: [rows, columns] }),
        [rows, blocks * BLOCK],
        fill,
      );
  const shaped = reshape(matrix, { shape: isLeading ? [blocks, BLOCK, rows] : [rows, blocks, BLOCK] });
  const partial = reduce(shaped, { axes: [isLeading ? 1 : 2] });
  const whole = reshape(reduce(partial, { axes: [isLeading ? 0 : 1] }), { shape: kept });
  return dtype === "float16" ? astype(whole, { dtype }) : whole;
}

function padded(x: ValueLike, shape: Shape, value: number): ValueLike {
  const high = shape.map((size, axis) => size - x.shape[axis]!);
  if (high.every((size) => size === 0)) return x;
  const none = shape.map(() => 0);
  return pad(x, { low: none, high, interior: none, value });
}

function splitKernel(node: Node, op: KernelOp, edit: Edit, target: Target): void {
  if (op.template === "assembly") return; // Adds nothing up.
  const isEmptySum = node.inputs.some(({ size }) => size === 0) && node.outputs[0]!.size > 0;
  if (isEmptySum)
    edit.replace(node, () =>
      // The second is the logarithm of a sum.
      node.outputs.map(({ type }, k) => constant({ value: k === 0 ? 0 : -Infinity, ...type })),
    );
  else if (op.template === "matmul") splitContraction(node, edit, target);
  else if (op.template === "scatter" && node.outputs[0]!.dtype === "float16") widenScatter(node, edit);
}

/** Its sums are in memory, or in variables of the dtype that they end in. */
function widenScatter(node: Node, edit: Edit): void {
  const [indices, source] = node.inputs as [Value, Value];
  edit.replace(node, () => {
    const terms = astype(source, { dtype: "float32" });
    const sums = currentRecorder().record(node.op, [indices, terms], node.attrs);
    return astype(sums as ValueLike, { dtype: source.dtype }); // A scatter has one output.
  });
}

/** Split-K: slices of the inner axis become a batch, whose products are summed. */
function splitContraction(node: Node, edit: Edit, target: Target): void {
  const [a, b] = node.inputs as [Value, Value];
  const [output] = node.outputs;
  const depth = a.shape.at(-1)!;
  const slices = slicesOf(depth, output!.shape, target);
  if (slices === 1) return;
  const inner = Math.ceil(depth / slices);
  const batch = a.shape.slice(0, -2);
  const rank = a.shape.length;
  const [m, n] = [a.shape.at(-2)!, b.shape.at(-1)!];
  edit.replace(node, () => {
    const deepA = reshape(padded(a, [...batch, m, slices * inner], 0), {
      shape: [...batch, m, slices, inner],
    });
    const deepB = reshape(padded(b, [...batch, slices * inner, n], 0), {
      shape: [...batch, slices, inner, n],
    });
    const axes = [...batch.keys()];
    const left = transpose(deepA, { perm: [rank - 1, ...axes, rank - 2, rank] });
    const right = transpose(deepB, { perm: [rank - 2, ...axes, rank - 1, rank] });
    return sum(matmul(left, right), { axes: [0] });
  });
}

/** Into how many slices a contraction of this depth is cut: 1 where its results alone keep the device busy. */
function slicesOf(depth: number, results: Shape, target: Target): number {
  const size = elementCount(results);
  if (depth < DEEP || size === 0) return 1;
  if (target.kind === "gpu") {
    return size > FEW_RESULTS ? 1 : evenly(depth, Math.ceil(Math.sqrt(depth / 16)));
  }
  const [m, n] = [results.at(-2)!, results.at(-1)!];
  const blocks = (size / (m * n)) * Math.ceil(m / 4) * Math.ceil(n / 8);
  return blocks >= FEW_BLOCKS ? 1 : evenly(depth, Math.ceil(FEW_BLOCKS / blocks));
}

/** At least `slices`, and up to twice as many where then none is left over, which would need padding. */
function evenly(depth: number, slices: number): number {
  for (let count = slices; count < 2 * slices; count++) if (depth % count === 0) return count;
  return slices;
}

/** Every reduction is declared as a function of its operand and axes. */
function callOf(op: ReduceOp): Reduction {
  return op as Reduction;
}
