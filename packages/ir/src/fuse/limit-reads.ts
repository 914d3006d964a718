import type { Graph, Node, Value } from "../graph.js";
import { copy } from "../ops/convert.js";
import { concat } from "../ops/movement.js";
import { matchOp } from "../passes/match-op.js";
import { rewriteGraph } from "../passes/rewrite-graph.js";
import { currentRecorder } from "../recorder.js";
import type { Target } from "../target.js";
import type { ValueLike } from "../types.js";
import { fusionLimits } from "./limits.js";

/** Operands of the widest pointwise op: each may bring a third of the tensors that a kernel can bind. */
const OPERANDS = 3;

/**
 * Keeps what one operand comes from, through movement, to a share of the bindings of one kernel: long concatenations
 * are made piece by piece, each piece in memory of its own. Without it a kernel that reads the concatenation of 50
 * tensors would need 50 bindings. Values stay as they are. O(nodes).
 */
export function limitReads(graph: Graph, target: Target): Graph {
  const { bindings } = fusionLimits(target);
  const most = Math.max(2, Math.floor((bindings - 1) / OPERANDS));
  const counts = new Map<Value, number>();
  const countOf = (value: Value): number => counts.get(value) ?? 1;
  return rewriteGraph(graph, (node, edit) => {
    if (node.op.kind === "kernel") {
      const reads = node.inputs.reduce((sum, input) => sum + countOf(input), node.outputs.length);
      if (reads > bindings && node.inputs.some((input) => countOf(input) > 1))
        edit.replace(node, () => fromMemory(node, countOf));
      return;
    }
    if (node.op.kind !== "movement") return;
    const joined = matchOp(node, concat);
    const total = node.inputs.reduce((sum, input) => sum + countOf(input), 0);
    if (total <= most || node.inputs.every((input) => countOf(input) === 1 && !joined))
      return void counts.set(node.outputs[0]!, total);
    edit.replace(node, () => (joined ? inPieces(node, bindings - 1, countOf) : fromMemory(node, countOf)));
  });
}

/** The same op on operands that each are in memory of their own. */
function fromMemory(
  { op, inputs, attrs }: Node,
  countOf: (value: Value) => number,
): ValueLike | readonly ValueLike[] {
  const copies = inputs.map((input) => (countOf(input) > 1 ? copy(input) : input));
  return currentRecorder().record(op, copies, attrs);
}

/** A tree of copied concatenations, each of as many tensors as a kernel that does no more can bind. */
function inPieces(node: Node, widest: number, countOf: (value: Value) => number): ValueLike {
  const { axis } = node.attrs as { readonly axis: number };
  let pieces: readonly ValueLike[] = node.inputs.map((input) => (countOf(input) > 1 ? copy(input) : input));
  while (pieces.length > 1) {
    const wider: ValueLike[] = [];
    for (let k = 0; k < pieces.length; k += widest) {
      const piece = pieces.slice(k, k + widest);
      wider.push(piece.length === 1 ? piece[0]! : copy(concat(piece, { axis })));
    }
    pieces = wider;
  }
  return pieces[0]!;
}
