import { asValue } from "../builder.js";
import { countUses, type Graph, type Node, type Value } from "../graph.js";
import { add } from "../ops/arithmetic.js";
import { concat } from "../ops/movement.js";
import { sum } from "../ops/stretch.js";
import { rewriteGraph } from "../passes/rewrite-graph.js";
import { sumTerms } from "../passes/sum-terms.js";
import { commonRange, rangeAs } from "./side-by-side.js";
import { type Join, withJoins } from "./with-joins.js";

/** Parts from which it is worth to have them in one tensor. */
const WORTH_SHARING = 4;
/** Other concatenations that are looked at for each. */
const TRIED = 4;

/**
 * Makes the most of what lies side by side, along the first axis:
 *
 * - the concatenation of what was cut from one tensor is that tensor;
 * - a sum of such parts is a sum along the tensor: the gradient of a bias that each step uses;
 * - concatenations that share parts in a row, as the states before and after each step do, are slices of one.
 *
 * Sums are reassociated. O(nodes × concatenations that share parts).
 */
export function joinParts(graph: Graph): Graph {
  const whole = rewriteGraph(graph, (node, edit) => {
    const range = isTall(node) ? commonRange(node.inputs) : undefined;
    if (range) edit.replace(node, () => rangeAs(range, node.outputs[0]!.shape));
  });
  let current = withJoins(whole, sumsOfParts(whole));
  for (let joins = overlapping(current); joins.size > 0; joins = overlapping(current)) {
    current = withJoins(current, joins);
  }
  return current;
}

/** A concatenation whose parts lie in memory one behind another. */
function isTall({ op, attrs, inputs }: Node): boolean {
  return op === concat && attrs.axis === 0 && inputs.length >= WORTH_SHARING;
}

function tallNodes(graph: Graph): readonly Node[] {
  return graph.nodes.filter(isTall);
}

/** Whether anything of `values` is made of an output of `nodes`. */
function needAny(graph: Graph, values: readonly Value[], nodes: readonly Node[]): boolean {
  const dependents = new Set(nodes.flatMap(({ outputs }) => outputs));
  for (const { inputs, outputs } of graph.nodes) {
    if (inputs.some((input) => dependents.has(input))) for (const output of outputs) dependents.add(output);
  }
  return values.some((value) => dependents.has(value));
}

// ---------------------------------------------------------------------------------------------------------------
// Sums of parts

function sumsOfParts(graph: Graph): Map<Node, Join> {
  const joins = new Map<Node, Join>();
  const tall = tallNodes(graph);
  if (tall.length === 0) return joins;
  const uses = countUses(graph);
  const reducer = reducers(graph);
  const isInner = new Set<Node>();
  for (const root of graph.nodes.toReversed()) {
    if (root.op !== add || isInner.has(root)) continue;
    const { terms, inner } = sumTerms(root, uses);
    for (const node of inner) isInner.add(node);
    if (terms.length < WORTH_SHARING) continue;
    const whole = tall.find(({ inputs }) => isRun(terms.map((term) => inputs.indexOf(term))));
    if (!whole || needAny(graph, whole.inputs, [root])) continue;
    const reduction = uses.get(root.outputs[0]!) === 1 ? reducer.get(root.outputs[0]!) : undefined;
    joins.set(reduction ?? root, sumAlong(whole, terms, reduction ?? root));
  }
  return joins;
}

/** For each value that a sum over axes reads, that sum. */
function reducers(graph: Graph): Map<Value, Node> {
  return new Map(graph.nodes.flatMap((node) => (node.op === sum ? [[node.inputs[0]!, node] as const] : [])));
}

/** Whether these are positions that follow each other, in whatever order. */
function isRun(positions: readonly number[]): boolean {
  const [low, high] = [Math.min(...positions), Math.max(...positions)];
  return low >= 0 && high - low === positions.length - 1 && new Set(positions).size === positions.length;
}

/** The sum in place of the last addition, or of the sum over axes that alone reads it. */
function sumAlong(whole: Node, terms: readonly Value[], last: Node): Join {
  const { shape } = terms[0]!;
  const first = Math.min(...terms.map((term) => whole.inputs.indexOf(term)));
  const start = elementsBefore(whole.inputs, first);
  const inner = last.op === sum ? (last.attrs.axes as readonly number[]).map((axis) => axis + 1) : [];
  return {
    needs: whole.outputs,
    make(now) {
      const parts = rangeAs({ base: now(whole.outputs[0]!), start }, [terms.length, ...shape]);
      return new Map([[last.outputs[0]!, sum(parts, { axes: [0, ...inner] })]]);
    },
  };
}

function elementsBefore(parts: readonly Value[], count: number): number {
  return parts.slice(0, count).reduce((total, { size }) => total + size, 0);
}

// ---------------------------------------------------------------------------------------------------------------
// Concatenations that share parts

/** The first two that are slices of one, and neither of which is needed to make that one. */
function overlapping(graph: Graph): Map<Node, Join> {
  const tall = tallNodes(graph);
  for (const [k, first] of tall.entries()) {
    const others = tall
      .slice(k + 1)
      .filter((other) => other.inputs.some((part) => first.inputs.includes(part)));
    for (const second of others.slice(0, TRIED)) {
      const union = unionOf(first.inputs, second.inputs);
      if (union && !needAny(graph, union, [first, second])) return sharedJoin(union, [first, second]);
    }
  }
  return new Map();
}

/** The shortest list that has both of these in it, if they have enough in common. */
function unionOf(a: readonly Value[], b: readonly Value[]): readonly Value[] | undefined {
  if (new Set(a).size < a.length || new Set(b).size < b.length) return undefined;
  const at = a.findIndex((part) => b.includes(part));
  const offset = at - b.indexOf(a[at]!);
  const [from, to] = [Math.max(0, offset), Math.min(a.length, offset + b.length)];
  if (to - from < WORTH_SHARING) return undefined;
  for (let k = from; k < to; k++) if (a[k] !== b[k - offset]) return undefined;
  const [early, late, shift] = offset >= 0 ? [a, b, offset] : [b, a, -offset];
  return [...early, ...late.slice(early.length - shift)];
}

function sharedJoin(union: readonly Value[], nodes: readonly Node[]): Map<Node, Join> {
  const join: Join = {
    needs: union,
    make(now) {
      const whole = asValue(concat(union.map(now), { axis: 0 }));
      return new Map(
        nodes.map(({ inputs, outputs }) => {
          const [output] = outputs;
          const start = elementsBefore(union, union.indexOf(inputs[0]!));
          return [output!, rangeAs({ base: whole, start }, output!.shape)] as const;
        }),
      );
    },
  };
  return new Map(nodes.map((node) => [node, join]));
}
