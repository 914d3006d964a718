import type { Graph, Node, Value } from "../graph.js";
import { assemble } from "../ops/assemble.js";
import { copy } from "../ops/convert.js";
import { concat } from "../ops/movement.js";
import { matchOp } from "../passes/match-op.js";
import { rebuildGraph } from "../passes/rebuild-graph.js";
import type { ValueLike } from "../types.js";
import { basesOf, isComputed } from "./fuse.js";
import type { Home, Homes } from "./group.js";
import { addIndex, constantIndex, type Index, linearIndex, type Position, positionOf } from "./index-expr.js";
import { baseInOrder } from "./reads.js";

/** The tensor whose buffer holds a value. */
export function tensorOf(value: Value, homes: Homes): Value {
  let tensor = value;
  for (let home = homes.get(tensor); home; home = homes.get(tensor)) tensor = home.whole;
  return tensor;
}

/** Which element of which tensor in memory an element of a value is. Parts may be made of parts. */
export function elementInMemory(value: Value, at: Position, homes: Homes): { tensor: Value; linear: Index } {
  let [tensor, position, linear] = [value, at, linearIndex(at, value.shape)];
  for (let home = homes.get(tensor); home; home = homes.get(tensor)) {
    const { whole, shape, axis, start } = home;
    const within = String(shape) === String(tensor.shape) ? position : positionOf(linear, shape);
    tensor = whole;
    position = within.with(axis, addIndex(within[axis]!, constantIndex(start)));
    linear = linearIndex(position, whole.shape);
  }
  return { tensor, linear };
}

/** Where each part of an assembly lies in it. Parts have been made fit by `makePartsFit`. */
export function homesOf(nodes: readonly Node[]): Homes {
  const homes = new Map<Value, Home>();
  for (const node of nodes) {
    const assembly = matchOp(node, assemble);
    if (!assembly) continue;
    const { axis } = assembly.attrs as { readonly axis: number };
    let start = 0;
    for (const part of node.inputs) {
      homes.set(inOrder(part)!, { whole: node.outputs[0]!, shape: part.shape, axis, start });
      start += part.shape[axis]!;
    }
  }
  return homes;
}

/**
 * Sees to it that each part of each assembly is something that a kernel computes and that has no other place to be:
 * the rest is copied, which then is such a thing. Assemblies of nothing become concatenations. O(nodes).
 */
export function makePartsFit(graph: Graph): Graph {
  const strays = strayParts(graph);
  if (strays.size === 0) return graph;
  return rebuildGraph(graph, (node, now) => {
    const stray = strays.get(node);
    return stray && [assembled(node, stray, now)];
  });
}

function assembled(
  { inputs, attrs, outputs }: Node,
  stray: ReadonlySet<Value>,
  now: (value: Value) => Value,
): ValueLike {
  const { axis } = attrs as { readonly axis: number };
  if (outputs[0]!.size === 0) return concat(inputs.map(now), { axis });
  const parts = inputs.filter((part) => part.size > 0);
  return assemble(
    parts.map((part) => (stray.has(part) ? copy(now(part)) : now(part))),
    { axis },
  );
}

/** For each assembly that has any, the parts that cannot be written in place. */
function strayParts(graph: Graph): Map<Node, ReadonlySet<Value>> {
  // Loops bind their operands whole.
  const loops = graph.nodes.filter(({ op }) => op.kind === "loop");
  const taken = new Set(basesOf([...graph.results, ...loops.flatMap(({ inputs }) => inputs)]));
  const strays = new Map<Node, ReadonlySet<Value>>();
  for (const node of graph.nodes) {
    if (!matchOp(node, assemble)) continue;
    const stray = new Set<Value>();
    let isFit = node.outputs[0]!.size > 0;
    for (const part of node.inputs) {
      const base = inOrder(part);
      isFit &&= part.size > 0;
      if (base && !taken.has(base)) taken.add(base);
      else stray.add(part);
    }
    if (stray.size > 0 || !isFit) strays.set(node, stray);
  }
  return strays;
}

/** What computes the elements of a part, in the part's own order; undefined where no kernel of the graph's does. */
function inOrder(part: Value): Value | undefined {
  const base = part.size > 0 ? baseInOrder(part) : undefined;
  return base?.node && base.node.op.kind !== "loop" && isComputed(base.node) ? base : undefined;
}
