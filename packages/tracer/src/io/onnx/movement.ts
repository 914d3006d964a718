import {
  type Attrs,
  elementCount,
  evaluateNode,
  type IndexOps,
  type MovementOp,
  type Node,
  type Shape,
  type TensorType,
  Value,
} from "@weftjs/ir";
import { noOnnxForm } from "./errors.js";
import type { OnnxGraph } from "./model.js";
import { bytesOf } from "./scalars.js";

/** Movements that are an operator, or a few. All others go by `movedByNumber`. */
const NATIVE: Readonly<Record<string, NativeRule>> = {
  reshape: (graph, [x], { output }) => graph.node("Reshape", [x!, graph.integers(output.shape)]),
  transpose: (graph, [x], { attrs }) => graph.node("Transpose", [x!], { perm: attrs.perm as number[] }),
  broadcastTo: (graph, [x], { output }) => graph.node("Expand", [x!, graph.integers(output.shape)]),
  concat: (graph, inputs, { attrs }) => graph.node("Concat", inputs, { axis: attrs.axis as number }),
  slice: (graph, [x], { attrs }) => sliced(graph, x!, attrs as SliceAttrs),
  gather: (graph, inputs, place) => picked(graph, "Gather", inputs, place),
  gatherAlong: (graph, inputs, place) => picked(graph, "GatherElements", inputs, place),
};

type NativeRule = (graph: OnnxGraph, inputs: readonly string[], place: Placed) => string;

/** A movement with its types. */
interface Placed {
  readonly attrs: Attrs;
  readonly inputs: readonly TensorType[];
  readonly output: TensorType;
}

/** Adds a movement and gives the name of its outcome. @throws W5030 for positions that depend on data. */
export function addMovement(graph: OnnxGraph, node: Node, inputs: readonly string[]): string {
  const op = node.op as MovementOp;
  const types = node.inputs.map(({ type }) => type);
  const place = { attrs: node.attrs, inputs: types, output: node.outputs[0]!.type };
  const native = NATIVE[op.name];
  return native ? native(graph, inputs, place) : movedByNumber(graph, op, inputs, place);
}

interface SliceAttrs extends Attrs {
  readonly starts: readonly number[];
  readonly sizes: Shape;
  readonly strides: readonly number[];
}

/** Beyond any axis. */
const FAR = 2 ** 40;

function sliced(graph: OnnxGraph, x: string, { starts, sizes, strides }: SliceAttrs): string {
  if (sizes.length === 0) return graph.node("Identity", [x]);
  // Backwards past the first element there is no position to name: -1 would be the last.
  const ends = starts.map((start, axis) => {
    const end = start + sizes[axis]! * strides[axis]!;
    return end < 0 ? -FAR : end;
  });
  const lists = [starts, ends, [...sizes.keys()], strides].map((list) => graph.integers(list));
  return graph.node("Slice", [x, ...lists]);
}

/** Weft's fill for an index that names nothing, where ONNX's own operators have no answer. */
function picked(graph: OnnxGraph, operator: string, inputs: readonly string[], place: Placed): string {
  const [x, indices] = inputs as [string, string];
  const { attrs, output } = place;
  const axis = attrs.axis as number;
  const [of, at] = place.inputs as [TensorType, TensorType];
  const size = of.shape[axis]!;
  const whole = graph.cast(indices, "int64");
  const isInside = graph.node("And", [
    graph.node("GreaterOrEqual", [whole, graph.integers([-size], [])]),
    graph.node("Less", [whole, graph.integers([size], [])]),
  ]);
  const safe = graph.node("Where", [isInside, whole, graph.integers([0], [])]);
  const found = graph.node(operator, [x, safe], { axis });
  // The indices' own axes stand where the axis was.
  const mask =
    operator === "Gather"
      ? [...of.shape.slice(0, axis).map(() => 1), ...at.shape, ...of.shape.slice(axis + 1).map(() => 1)]
      : at.shape;
  const fill = graph.constant(
    { dtype: of.dtype, shape: [] },
    bytesOf([(attrs.fill as number) ?? 0], of.dtype),
  );
  const filled = graph.node("Where", [graph.node("Reshape", [isInside, graph.integers(mask)]), found, fill]);
  return graph.node("Reshape", [filled, graph.integers(output.shape)]);
}

/**
 * Any movement of one operand whose positions are known: the axes that it leaves alone in front, then a list of which
 * element each element is. The list comes from the interpreter, which moves the elements' numbers.
 */
function movedByNumber(graph: OnnxGraph, op: MovementOp, inputs: readonly string[], place: Placed): string {
  const [x, ...others] = inputs as [string, ...string[]];
  if (others.length > 0) throw noOnnxForm(op.name, "where its elements come from depends on data");
  const { attrs, output } = place;
  const [input] = place.inputs as [TensorType];
  const kept = untouchedAxes(op, attrs, input, output);
  const alone = (shape: Shape): Shape => [...shape.slice(0, kept).map(() => 1), ...shape.slice(kept)];
  const numbers = sourceNumbers(op, attrs, alone(input.shape), alone(output.shape));
  const lead = output.shape.slice(0, kept);
  const rows = graph.node("Reshape", [x, graph.integers([...lead, elementCount(alone(input.shape))])]);
  const isFilled = numbers.some((number) => number < 0);
  const count = numbers.length;
  const fillBytes = bytesOf([op.fill(attrs)], input.dtype);
  // One more element at the end, which all that comes from nowhere reads.
  const fill = graph.node("Expand", [
    graph.constant({ dtype: input.dtype, shape: [] }, fillBytes),
    graph.integers([...lead, 1]),
  ]);
  const source = isFilled ? graph.node("Concat", [rows, fill], { axis: kept }) : rows;
  const last = elementCount(alone(input.shape));
  const places = graph.integers(numbers.map((number) => (number < 0 ? last : number)), [count]); // prettier-ignore
  const moved = graph.node("Gather", [source, places], { axis: kept });
  return graph.node("Reshape", [moved, graph.integers(output.shape)]);
}

/** Above every element's number, so that what a movement fills in is told apart. */
const MARK = 2 ** 45;

/** The flat number of the element that each element comes from; -1 for none. */
function sourceNumbers(op: MovementOp, attrs: Attrs, from: Shape, to: Shape): number[] {
  const type = { dtype: "float64", shape: from } as const;
  const data = Float64Array.from({ length: elementCount(from) }, (_, k) => MARK + k);
  const output = new Value({ dtype: "float64", shape: to }, 0);
  const node = { op, attrs, inputs: [new Value(type, 0)], outputs: [output], location: null };
  const [moved] = evaluateNode(node, [{ type, data }], "float64");
  return Array.from(moved!.data, (value) => (value >= MARK ? value - MARK : -1));
}

/** What an index is made of: the output's axis it is, or the axes it depends on. */
interface Traced {
  readonly axis: number | null;
  readonly axes: ReadonlySet<number>;
}

/** How many axes in front stay as they are, whatever happens behind them. */
function untouchedAxes(op: MovementOp, attrs: Attrs, input: TensorType, output: TensorType): number {
  const at = output.shape.map((_, axis): Traced => ({ axis, axes: new Set([axis]) }));
  const sources = op.sources(at, attrs, tracingIndexOps(op.name), [input], output);
  const limit = Math.min(input.shape.length, output.shape.length);
  let kept = 0;
  while (kept < limit && sources.every((source) => source.at[kept]!.axis === kept)) kept++;
  const used = sources.flatMap((source) => [...source.at, ...(source.when ?? []).map(({ value }) => value)]);
  const isFree = (count: number): boolean =>
    used.every(({ axis, axes }) => (axis !== null && axis < count) || [...axes].every((one) => one >= count));
  while (kept > 0 && !isFree(kept)) kept--;
  return kept;
}

function tracingIndexOps(name: string): IndexOps<Traced> {
  const join = (...parts: readonly (Traced | number)[]): Traced => {
    const axes = parts.flatMap((part) => (typeof part === "number" ? [] : [...part.axes]));
    return { axis: null, axes: new Set(axes) };
  };
  return {
    literal: () => join(),
    add: join,
    sub: join,
    mul: (a) => join(a),
    floorDiv: (a) => join(a),
    mod: (a) => join(a),
    reshape: (at, _, to) => to.map(() => join(...at)),
    element: () => {
      throw noOnnxForm(name, "where its elements come from depends on data");
    },
  };
}
