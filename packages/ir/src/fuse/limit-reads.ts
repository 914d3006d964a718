import type { Graph, Node, Value } from "../graph.js";
import { copy } from "../ops/convert.js";
import { concat } from "../ops/movement.js";
import { matchOp } from "../passes/match-op.js";
import { rewriteGraph } from "../passes/rewrite-graph.js";
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
  const most = Math.max(2, Math.floor((fusionLimits(target).bindings - 1) / OPERANDS));
  const counts = new Map<Value, number>();
  const countOf = (value: Value): number => counts.get(value) ?? 1;
  return rewriteGraph(graph, (node, edit) => {
    if (node.op.kind !== "movement") return;
    const joined = matchOp(node, concat);
    const total = joined
      ? joined.inputs.reduce((sum, input) => sum + countOf(input), 0)
      : countOf(node.inputs[0]!);
    if (joined && total > most) edit.replace(node, () => inPieces(node, most, countOf));
    else counts.set(node.outputs[0]!, total);
  });
}

/** A tree of copied concatenations, none of more than `most` tensors. */
function inPieces(node: Node, most: number, countOf: (value: Value) => number): ValueLike {
  const { axis } = node.attrs as { readonly axis: number };
  let pieces: readonly ValueLike[] = node.inputs.map((input) => (countOf(input) > 1 ? copy(input) : input));
  while (pieces.length > 1) {
    const wider: ValueLike[] = [];
    for (let k = 0; k < pieces.length; k += most) {
      const piece = pieces.slice(k, k + most);
      wider.push(piece.length === 1 ? piece[0]! : copy(concat(piece, { axis })));
    }
    pieces = wider;
  }
  return pieces[0]!;
}
