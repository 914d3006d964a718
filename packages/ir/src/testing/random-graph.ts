import fc from "fast-check";
import type { Attrs } from "../attrs.js";
import { asValue, GraphBuilder } from "../builder.js";
import { WeftError } from "../errors.js";
import type { Graph, Value } from "../graph.js";
import type { Op, OpKind } from "../op.js";
import { allOps } from "../define-op.js";
import { printGraph } from "../text/print.js";
import { elementCount, type DType, type Operand, type Shape } from "../types.js";
import { Choices, chooseCall, type Palette } from "./random-call.js";

export interface RandomGraphOptions {
  /** Ops to draw from; all that are registered where absent. */
  readonly ops?: readonly Op[];
  readonly dtypes?: readonly DType[];
  readonly shapes?: readonly Shape[];
  /** Nodes at most, about. */
  readonly size?: number;
  /** Whether NaN and infinities may stand among the constants; so unless said otherwise. */
  readonly specials?: boolean;
  /** Which values may be results. */
  readonly mayReturn?: (value: Value) => boolean;
}

/** Scalars, sizes of 1 and of 0, and shapes that broadcast with one another. */
const SHAPES: readonly Shape[] = [
  [],
  [3],
  [2, 3],
  [1],
  [1, 3],
  [2, 1],
  [3, 2],
  [3, 3],
  [2, 3, 2],
  [1, 1],
  [0],
  [2, 0],
];
const DTYPES: readonly DType[] = ["float32", "float32", "float32", "float64", "int32", "uint32", "bool"];
const NUMBERS = [0, 1, -0, 2, -1, 0.5, 3, -2, 4, 0.1, NaN, Infinity, -Infinity] as const;
const LARGEST = 400;
/** As often as they stand here. */
const KINDS: readonly OpKind[] = [
  ...Array<OpKind>(6).fill("pointwise"),
  ...Array<OpKind>(6).fill("movement"),
  ...Array<OpKind>(2).fill("reduce"),
  ...Array<OpKind>(2).fill("source"),
  "kernel",
  "region",
  "loop",
];

/**
 * Random graphs of any ops, for property tests: several parameters, several results, all kinds of ops. They shrink
 * by leaving out steps. A step whose call the ops' rules refuse is skipped, so every graph is sound.
 */
export function randomGraphs(options: RandomGraphOptions = {}): fc.Arbitrary<Graph> {
  const { ops = allOps(), dtypes = DTYPES, shapes = SHAPES, size = 12 } = options;
  const { specials = true, mayReturn = () => true } = options;
  // Without bias and of full size: graphs of three nodes, all of the first op, find nothing.
  const index = fc.noBias(fc.nat({ max: 2 ** 20 }));
  const recipe = fc.record({
    params: fc.array(fc.tuple(index, index), { minLength: 1, maxLength: 3 }),
    steps: fc.array(fc.array(index, { minLength: 12, maxLength: 12 }), { maxLength: size, size: "max" }),
    results: fc.array(index, { minLength: 1, maxLength: 3 }),
  });
  return recipe.map(({ params, steps, results }) => {
    const builder = new GraphBuilder("random");
    const values = params.map(([dtype, shape]) =>
      builder.param({ dtype: dtypes[dtype % dtypes.length]!, shape: shapes[shape % shapes.length]! }),
    );
    const constants = NUMBERS.filter((x) => specials || Number.isFinite(x));
    for (const numbers of steps) {
      takeStep(builder, values, ops, { shapes, constants, choices: new Choices(numbers) });
    }
    const candidates = values.filter(mayReturn).toReversed();
    // The last values come first, so that a shrunken graph returns what it computes.
    const chosen = results.map((k) => candidates[k % candidates.length]!);
    return showAsText(builder.finish(candidates.length > 0 ? chosen : []));
  });
}

function takeStep(builder: GraphBuilder, values: Value[], ops: readonly Op[], palette: Palette): void {
  const { choices } = palette;
  const op = chooseOp(ops, choices);
  // Half of the time from the last few values alone: passes look for chains.
  const nearby = choices.below(2) === 0 ? values.slice(-3) : values;
  const call = chooseCall(op, nearby, palette);
  const made = call && tryRecord(builder, op, call.operands, call.attrs);
  if (made) values.push(...made);
}

/** By kind first: there are many more pointwise ops than others. */
function chooseOp(ops: readonly Op[], choices: Choices): Op {
  const kind = choices.of(KINDS);
  const list = ops.filter((op) => op.kind === kind);
  return choices.of(list.length > 0 ? list : ops);
}

/** Undefined where the op's rule refuses, or where the result is large. */
function tryRecord(
  builder: GraphBuilder,
  op: Op,
  operands: readonly Operand[],
  attrs: Attrs,
): readonly Value[] | undefined {
  try {
    // A node that nothing reads is legal, so one that is too large may stay.
    const made = builder.record(op, operands, attrs);
    const list = Array.isArray(made) ? made.map(asValue) : [asValue(made)];
    return list.every((value) => elementCount(value.shape) <= LARGEST) ? list : undefined;
  } catch (error) {
    if (error instanceof WeftError && error.class === "user") return undefined;
    throw error;
  }
}

/** Makes fast-check report a graph as its text. */
function showAsText(graph: Graph): Graph {
  Object.defineProperty(graph, fc.toStringMethod, { value: () => `\n${printGraph(graph)}\n` });
  return graph;
}
