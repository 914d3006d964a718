import { countUses, type Graph, type Node, type Value } from "../graph.js";
import { add } from "../ops/arithmetic.js";
import { concat, pad } from "../ops/movement.js";
import type { ValueLike } from "../types.js";
import { matchOp } from "../passes/match-op.js";
import { rebuildGraph } from "../passes/rebuild-graph.js";
import { sumTerms } from "../passes/sum-terms.js";

/** A tensor between zeros along one axis. */
interface Part {
  readonly value: Value;
  readonly axis: number;
  readonly from: number;
  readonly to: number;
}

/**
 * Sums of tensors that zeros were put around, and that meet nowhere, become concatenations: the gradient of what was
 * cut in pieces. Only 0 + -0, which was 0, is now -0. Sums are reassociated. O(nodes).
 */
export function joinPads(graph: Graph): Graph {
  const sums = sumsOfPads(graph);
  if (sums.size === 0) return graph;
  return rebuildGraph(graph, (node, now) => {
    const make = sums.get(node);
    return make && [make(now)];
  });
}

type Make = (now: (value: Value) => Value) => ValueLike;

function sumsOfPads(graph: Graph): Map<Node, Make> {
  const uses = countUses(graph);
  const isInner = new Set<Node>();
  const sums = new Map<Node, Make>();
  for (const node of graph.nodes.toReversed()) {
    if (node.op !== add || isInner.has(node)) continue;
    const { terms, inner } = sumTerms(node, uses);
    for (const sum of inner) isInner.add(sum);
    const parts = terms.flatMap((term) => (uses.get(term) === 1 ? (partOf(term) ?? []) : []));
    const runs = runsOf(parts);
    if (runs.length === 0) continue;
    const joined = new Set(runs.flat().map(({ value }) => value));
    const others = terms.filter((term) => !joined.has(term));
    sums.set(node, (now) => sumOf(runs, others, node.outputs[0]!, now));
  }
  return sums;
}

function partOf(value: Value): Part | undefined {
  const padded = matchOp(value, pad);
  if (!padded || padded.attrs.value !== 0 || padded.attrs.interior.some((count) => count > 0))
    return undefined;
  const { shape } = padded.inputs[0]!;
  const axes = [...shape.keys()].filter((axis) => shape[axis] !== value.shape[axis]);
  const [axis, ...others] = axes;
  if (axis === undefined || others.length > 0 || shape[axis] === 0) return undefined;
  const from = padded.attrs.low[axis]!;
  return { value, axis, from, to: from + shape[axis]! };
}

/** Two or more parts of which each begins where the one before it ends. */
function runsOf(parts: readonly Part[]): Part[][] {
  const sorted = [...parts].sort((a, b) => a.axis - b.axis || a.from - b.from);
  const runs: Part[][] = [];
  for (const part of sorted) {
    const run = runs.at(-1);
    const last = run?.at(-1);
    if (last && last.axis === part.axis && last.to === part.from) run!.push(part);
    else runs.push([part]);
  }
  return runs.filter((run) => run.length > 1);
}

function sumOf(
  runs: readonly (readonly Part[])[],
  others: readonly Value[],
  { shape }: Value,
  now: (value: Value) => Value,
): ValueLike {
  const joined = runs.map((run): ValueLike => {
    const [{ axis, from }] = run as [Part];
    const parts = run.map(({ value }) => now(value).node!.inputs[0]!);
    const whole = concat(parts, { axis });
    const after = shape[axis]! - run.at(-1)!.to;
    if (from === 0 && after === 0) return whole;
    const none = shape.map(() => 0);
    return pad(whole, { low: none.with(axis, from), high: none.with(axis, after), interior: [], value: 0 });
  });
  return [...joined, ...others.map(now)].reduce((sum, term) => add(sum, term));
}
