import type { Graph, Node, Value } from "../graph.js";
import { assemble } from "../ops/assemble.js";
import { copy } from "../ops/convert.js";
import { concat } from "../ops/movement.js";
import { reshape } from "../ops/stretch.js";
import { matchOp } from "../passes/match-op.js";
import { rebuildGraph } from "../passes/rebuild-graph.js";
import { currentRecorder } from "../recorder.js";
import type { Target } from "../target.js";
import { basesOf } from "./fuse.js";
import { fusionLimits } from "./limits.js";

/** Operands of the widest pointwise op: each may bring a third of the tensors that a kernel can bind. */
const OPERANDS = 3;

/**
 * Keeps what one operand comes from, through movement, to a share of the bindings of one kernel: long concatenations
 * become one tensor in memory, to which whoever computes a part writes it. Without it a kernel that reads the
 * concatenation of 50 tensors would need 50 bindings. Values stay as they are. O(nodes).
 */
export function limitReads(graph: Graph, target: Target): Graph {
  const { bindings } = fusionLimits(target);
  const changes = changesOf(graph, bindings);
  if (changes.size === 0) return graph;
  return rebuildGraph(graph, (node, now) => {
    const change = changes.get(node);
    if (!change) return undefined;
    const inputs = node.inputs.map(now);
    if (change === "assemble") return [assemble(inputs, node.attrs as { readonly axis: number })];
    if (change === "copy") return [copy(concat(inputs, node.attrs as { readonly axis: number }))];
    const copies = inputs.map((input, k) => (change.has(k) ? copy(input) : input));
    return [currentRecorder().record(node.op, copies, node.attrs)].flat();
  });
}

/**
 * A concatenation becomes an assembly, or is copied as a whole if no kernel here computes a part, so that nothing would
 * be written in place; of another op, which operands are copied to memory of their own.
 */
type Change = "assemble" | "copy" | ReadonlySet<number>;

/** What comes from too many tensors at once. */
function changesOf(graph: Graph, bindings: number): Map<Node, Change> {
  const most = Math.max(2, Math.floor((bindings - 1) / OPERANDS));
  const changes = new Map<Node, Change>();
  const counts = new Map<Value, number>();
  const countOf = (value: Value): number => counts.get(value) ?? 1;
  for (const node of graph.nodes) {
    const total = node.inputs.reduce((sum, input) => sum + countOf(input), 0);
    const many = [...node.inputs.keys()].filter((k) => countOf(node.inputs[k]!) > 1);
    if (node.op.kind === "kernel" && node.op !== assemble) {
      if (total + node.outputs.length > bindings && many.length > 0) changes.set(node, new Set(many));
      continue;
    }
    if (node.op.kind !== "movement") continue;
    const isGiven = total < bindings && basesOf(node.inputs).every((base) => !base.node);
    if (total > most && node.op === concat) changes.set(node, isGiven ? "copy" : "assemble");
    else if (total > most && many.length > 0) changes.set(node, new Set(many));
    else counts.set(node.outputs[0]!, total);
  }
  return withParts(graph, changes);
}

/** Parts of what is put together in memory that are put together themselves are so there. */
function withParts(graph: Graph, changes: Map<Node, Change>): Map<Node, Change> {
  for (const node of graph.nodes.toReversed()) {
    if (changes.get(node) !== "assemble") continue;
    for (const part of node.inputs) {
      const joined = matchOp(unshaped(part), concat);
      if (joined) changes.set(unshaped(part).node!, "assemble");
    }
  }
  return changes;
}

function unshaped(value: Value): Value {
  let base = value;
  for (let match = matchOp(base, reshape); match; match = matchOp(base, reshape)) base = match.inputs[0]!;
  return base;
}
