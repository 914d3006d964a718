import type { Attrs } from "../attrs.js";
import { GraphBuilder } from "../builder.js";
import type { Graph, Value } from "../graph.js";
import type { KernelOp, Op } from "../op.js";
import { astype } from "../ops/convert.js";
import { tanh } from "../ops/hyperbolic.js";
import { add, multiply, square } from "../ops/arithmetic.js";
import { withRecorder } from "../recorder.js";
import { elementCount, isFloat, type Operand, type Shape, type TensorType } from "../types.js";

export interface Call {
  readonly operands: readonly Operand[];
  readonly attrs: Attrs;
}

/** What a step draws from. */
export interface Palette {
  readonly shapes: readonly Shape[];
  readonly constants: readonly number[];
  readonly choices: Choices;
}

/** Numbers that a step reads its choices from, one after another; they wrap round. */
export class Choices {
  private next = 0;

  constructor(private readonly numbers: readonly number[]) {}

  below(count: number): number {
    return this.numbers[this.next++ % this.numbers.length]! % count;
  }

  of<T>(list: readonly T[]): T {
    return list[this.below(list.length)]!;
  }
}

/** A call of `op` on some of `values` that its rule may accept; undefined where none comes to mind. */
export function chooseCall(op: Op, values: readonly Value[], palette: Palette): Call | undefined {
  const { choices } = palette;
  switch (op.kind) {
    case "source":
      return chooseSource(op, values, palette);
    case "pointwise":
      return choosePointwise(op, values, palette);
    case "reduce": {
      const x = choices.of(values);
      return { operands: [x], attrs: { axes: someAxes(x.shape, choices) } };
    }
    case "movement":
      return chooseMovement(op, values, palette);
    case "kernel":
      return chooseKernel(op, values, palette);
    case "region":
      return chooseRegion(op, values, choices);
    case "loop":
      return chooseLoop(choices.of(values), choices);
    default:
      return op satisfies never;
  }
}

/** Up to three tensors side by side, often the same twice. */
function choosePieces(values: readonly Value[], choices: Choices): Call {
  const x = choices.of(values);
  const axis = x.shape.length > 0 ? choices.below(x.shape.length) : 0;
  return { operands: [x, choices.of(values), x].slice(0, 1 + choices.below(3)), attrs: { axis } };
}

function chooseSource(op: Op, values: readonly Value[], palette: Palette): Call | undefined {
  const { shapes, constants, choices } = palette;
  const dtype = choices.of(values).dtype;
  const shape = choices.of(shapes);
  switch (op.name) {
    case "constant": {
      const value = isFloat(dtype) ? choices.of(constants) : choices.below(dtype === "bool" ? 2 : 4);
      return { operands: [], attrs: { dtype, shape, value } };
    }
    case "iota": {
      if (shape.length === 0 || dtype === "bool") return undefined;
      return { operands: [], attrs: { dtype, shape, axis: choices.below(shape.length) } };
    }
    default:
      return undefined;
  }
}

function choosePointwise(op: Op, values: readonly Value[], palette: Palette): Call {
  const { constants, choices } = palette;
  const operands = (op.operands as readonly string[]).map((_, k) =>
    k > 0 && choices.below(4) === 0 ? choices.of(constants) : choices.of(values),
  );
  const attrs = op.name === "astype" ? { dtype: choices.of(values).dtype } : (op.samples[0]?.attrs ?? {});
  return { operands, attrs };
}

function someAxes(shape: Shape, choices: Choices): readonly number[] {
  return [...shape.keys()].filter(() => choices.below(2) === 1);
}

function chooseMovement(op: Op, values: readonly Value[], palette: Palette): Call | undefined {
  const { shapes, choices } = palette;
  const x = choices.of(values);
  const { shape } = x;
  const of = (attrs: Attrs): Call => ({ operands: [x], attrs });
  switch (op.name) {
    case "reshape":
      return of({ shape: choices.of(shapesOfSameCount(shape, shapes)) });
    case "transpose":
      return of({ perm: shuffled([...shape.keys()], choices) });
    case "broadcastTo":
      return of({ shape: stretched(shape, choices) });
    case "flip":
      return of({ axes: someAxes(shape, choices) });
    case "slice":
      return of(sliceAttrs(shape, choices));
    case "pad":
      return of(padAttrs(shape, choices));
    case "concat":
      return choosePieces(values, choices);
    case "dynamicSlice":
    case "dynamicPad": {
      const starts = shape.map(() => startOperand(values, choices));
      const sizes = shape.map((size) => choices.below(size + 2));
      const operands = [x, ...starts];
      return { operands, attrs: op.name === "dynamicSlice" ? { sizes } : { shape: sizes } };
    }
    case "gather":
    case "gatherAlong":
      return chooseGather(op, x, values, choices);
    case "windows":
    case "unwindows":
      return of({ ...windowAttrs(shape, choices), ...(op.name === "windows" ? { value: 1 } : {}) });
    default:
      return undefined;
  }
}

/** Any int32 tensor serves as indices: some name an element, some count from the end, some are outside. */
function chooseGather(op: Op, x: Value, values: readonly Value[], choices: Choices): Call | undefined {
  const axis = choices.below(Math.max(1, x.shape.length));
  const isAlong = op.name === "gatherAlong";
  const fits = values.filter(
    ({ dtype, shape }) => dtype === "int32" && (!isAlong || isAlike(shape, x.shape, axis)),
  );
  if (x.shape.length === 0 || fits.length === 0) return undefined;
  return { operands: [x, choices.of(fits)], attrs: { axis, fill: choices.below(2) } };
}

function chooseScatter(op: Op, values: readonly Value[], choices: Choices): Call | undefined {
  if (op.name !== "scatterAdd") return undefined;
  const indices = choices.of(values);
  const fits = values.filter(
    ({ dtype, shape }) => dtype !== "bool" && String(shape) === String(indices.shape),
  );
  if (indices.dtype !== "int32" || indices.shape.length === 0 || fits.length === 0) return undefined;
  const attrs = { axis: choices.below(indices.shape.length), size: choices.below(5) };
  return { operands: [indices, choices.of(fits)], attrs };
}

/** Whether two shapes agree but along one axis. */
function isAlike(a: Shape, b: Shape, axis: number): boolean {
  return a.length === b.length && a.every((size, k) => k === axis || size === b[k]);
}

function windowAttrs(shape: Shape, choices: Choices): Attrs {
  const axes = Array.from({ length: choices.below(Math.floor(shape.length / 2) + 1) });
  return {
    stride: axes.map(() => 1 + choices.below(3)),
    dilation: axes.map(() => 1 + choices.below(2)),
    low: axes.map(() => choices.below(3)),
    sizes: axes.map(() => choices.below(5)),
  };
}

function startOperand(values: readonly Value[], choices: Choices): Operand {
  const scalars = values.filter((value) => value.dtype === "int32" && value.shape.length === 0);
  return scalars.length > 0 && choices.below(2) === 0 ? choices.of(scalars) : choices.below(4) - 1;
}

function shapesOfSameCount(shape: Shape, shapes: readonly Shape[]): readonly Shape[] {
  const count = elementCount(shape);
  const withOnes = [[...shape, 1], [1, ...shape], shape.filter((size) => size !== 1), [count]];
  return [...withOnes, ...shapes.filter((other) => elementCount(other) === count)];
}

function shuffled(list: number[], choices: Choices): readonly number[] {
  for (let i = list.length - 1; i > 0; i--) {
    const k = choices.below(i + 1);
    [list[i], list[k]] = [list[k]!, list[i]!];
  }
  return list;
}

function stretched(shape: Shape, choices: Choices): Shape {
  const leading = choices.below(4) === 0 ? [choices.below(3)] : [];
  return [...leading, ...shape.map((size) => (size === 1 ? choices.below(4) : size))];
}

function sliceAttrs(shape: Shape, choices: Choices): Attrs {
  const axes = shape.map((size) => {
    const stride = choices.of([1, 1, 2, -1, -2]);
    const start = size === 0 ? 0 : choices.below(size);
    const room = stride > 0 ? size - start : start + 1;
    const most = size === 0 ? 0 : Math.ceil(room / Math.abs(stride));
    return { start, stride, size: most === 0 ? 0 : Math.max(choices.below(most + 1), choices.below(2)) };
  });
  return {
    starts: axes.map(({ start }) => start),
    sizes: axes.map(({ size }) => size),
    strides: axes.map(({ stride }) => stride),
  };
}

function padAttrs(shape: Shape, choices: Choices): Attrs {
  const counts = (most: number): readonly number[] => shape.map(() => choices.below(most));
  const interior = choices.below(2) === 0 ? [] : counts(2);
  return { low: counts(2), high: counts(3), interior, value: choices.of([0, 0, 1]) };
}

function chooseKernel(op: KernelOp, values: readonly Value[], palette: Palette): Call | undefined {
  switch (op.template) {
    case "matmul":
      return chooseMatrices(op, values, palette.choices);
    case "scatter":
      return chooseScatter(op, values, palette.choices);
    case "assembly":
      return choosePieces(values, palette.choices);
    case "attention":
      return chooseAttention(values, palette.choices);
    default:
      return undefined; // Gradients have operands that no random graph has.
  }
}

/** A sequence that attends to itself, or to another of its depth. */
function chooseAttention(values: readonly Value[], choices: Choices): Call | undefined {
  const [q, k] = [choices.of(values), choices.of(values)];
  const keys = k.shape.at(-1) === q.shape.at(-1) ? k : q;
  const biases = values.filter(({ dtype, shape }) => dtype === q.dtype && shape.length === 0);
  if (biases.length === 0) return undefined;
  const attrs = { scale: 0.5, causal: choices.below(2) === 0 };
  return { operands: [q, keys, keys, choices.of(biases)], attrs };
}

function chooseMatrices(op: Op, values: readonly Value[], choices: Choices): Call | undefined {
  if (op.name !== "matmul") return undefined;
  const a = choices.of(values);
  const fits = values.filter((b) => b.dtype === a.dtype && b.shape.at(-2) === a.shape.at(-1));
  return fits.length > 0 ? { operands: [a, choices.of(fits)], attrs: {} } : undefined;
}

/** With a small body that is smooth, nonlinear and of several results. */
function chooseRegion(op: Op, values: readonly Value[], choices: Choices): Call | undefined {
  const x = choices.of(values);
  switch (op.name) {
    case "call":
      return { operands: [x], attrs: { body: smallBody(x.type) } };
    case "gradient":
      if (!isFloat(x.dtype)) return undefined;
      return { operands: [x, x], attrs: { body: smallBody(x.type), wrt: [0], seeded: [choices.below(2)] } };
    case "pushforward":
      if (!isFloat(x.dtype)) return undefined;
      return { operands: [x, x], attrs: { body: smallBody(x.type), wrt: [0], of: [choices.below(2)] } };
    case "batched": {
      const [size, ...shape] = x.shape;
      if (size === undefined) return undefined;
      const body = smallBody({ dtype: x.dtype, shape });
      return { operands: [x], attrs: { body, batched: [0], size } };
    }
    default:
      return undefined;
  }
}

/** A scan over the first axis, with something carried, something made and something that is the same throughout. */
function chooseLoop(x: Value, choices: Choices): Call | undefined {
  const [count, ...shape] = x.shape;
  if (count === undefined || !isFloat(x.dtype)) return undefined;
  const builder = new GraphBuilder();
  const type = { dtype: x.dtype, shape };
  const [index, carried, row, same] = [
    builder.param({ dtype: "int32", shape: [] }),
    builder.param(x.type),
    builder.param(type),
    builder.param(x.type),
  ];
  const results = withRecorder(builder, () => [
    tanh(add(multiply(carried, 0.5), row)),
    add(multiply(row, astype(index, { dtype: x.dtype })), tanh(same)),
  ]).map((result) => result as Value);
  const attrs = {
    count,
    carried: 1,
    scanned: 1,
    reverse: choices.below(2) === 0,
    keeps: choices.below(2) === 0,
  };
  return { operands: [x, x, x], attrs: { body: builder.finish(results), ...attrs } };
}

function smallBody(type: TensorType): Graph {
  const builder = new GraphBuilder();
  const param = builder.param(type, "x");
  const results = withRecorder(builder, () => [
    tanh(square(param)),
    astype(square(param), { dtype: "bool" }),
  ]);
  return builder.finish([results[0]! as Value, param, results[1]! as Value]);
}
