import type { Graph, Node, Value } from "../graph.js";
import { add } from "../ops/arithmetic.js";
import { scatterAdd } from "../ops/indexing.js";
import { broadcastTo } from "../ops/stretch.js";
import { matchOp } from "../passes/match-op.js";
import { sumsOfSome } from "../passes/sum-terms.js";
import type { ValueLike } from "../types.js";
import { rangeOf, sideBySide } from "./side-by-side.js";
import { type Join, withJoins } from "./with-joins.js";

/** Sums by index from which one over joined operands is worth the copies that join them. */
const WORTH_JOINING = 4;

/**
 * Makes one sum by index of a sum of them: the gradient of a table that each step of a recurrent net looks up. The terms of
 * one place are added in the order of time. O(nodes).
 */
export function joinScatters(graph: Graph): Graph {
  const joins = new Map<Node, Join>();
  for (const { root, own, others } of sumsOfSome(graph, isRowScatter)) {
    if (own.length < WORTH_JOINING) continue;
    const scatters = inTime(own);
    joins.set(root, {
      needs: [...scatters.flatMap(({ inputs }) => inputs), ...others],
      make(now) {
        const parts = (k: 0 | 1): Value[] => scatters.map(({ inputs }) => now(inputs[k]!));
        const { axis, size } = scatters[0]!.attrs as { readonly axis: number; readonly size: number };
        const joined = scatterAdd(joinedIndices(parts(0)), sideBySide(parts(1), 0), { axis, size });
        const total = others.reduce<ValueLike>((sum, other) => add(sum, now(other)), joined);
        return new Map([[root.outputs[0]!, total]]);
      },
    });
  }
  return withJoins(graph, joins);
}

/** Of rows: all terms of a sum have the shape of the sum, so they are of one size. */
function isRowScatter({ op, attrs, outputs: [output] }: Node): boolean {
  return op === scatterAdd && attrs.axis === 0 && output!.shape.length === 2;
}

/** In the order in which the sources, or else the indices, lie in memory. */
function inTime(scatters: readonly Node[]): readonly Node[] {
  for (const k of [1, 0]) {
    const ranges = new Map(scatters.map((node) => [node, rangeOf(column(node.inputs[k]!))]));
    const bases = new Set([...ranges.values()].map((range) => range?.base));
    if (bases.size !== 1 || bases.has(undefined)) continue;
    return [...scatters].sort((a, b) => ranges.get(a)!.start - ranges.get(b)!.start);
  }
  return scatters;
}

/** What is the same all along a row, once a row. */
function column(indices: Value): Value {
  const narrow = matchOp(indices, broadcastTo)?.inputs[0];
  return narrow?.shape.length === 2 && narrow.shape[0] === indices.shape[0] ? narrow : indices;
}

function joinedIndices(parts: readonly Value[]): ValueLike {
  const columns = parts.map(column);
  if (columns.some((part) => part.shape[1] !== columns[0]!.shape[1])) return sideBySide(parts, 0);
  const rows = parts.reduce((sum, { shape }) => sum + shape[0]!, 0);
  return broadcastTo(sideBySide(columns, 0), { shape: [rows, parts[0]!.shape[1]!] });
}
