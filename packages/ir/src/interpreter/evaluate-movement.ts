import type { Attrs } from "../attrs.js";
import type { IndexRange, MovementSource } from "../index-ops.js";
import type { KernelInput, MovementOp } from "../op.js";
import { elementCount, type Shape, stridesOf, type TensorType } from "../types.js";
import { type Affine, AffineIndexOps, numberIndexOps, ravel } from "./index-numbers.js";
import { numberScalars } from "./number-scalars.js";
import { copyBlock, forEachPosition } from "./strided.js";

/** A box of output positions and the flat index in `operand` that each comes from. */
interface Block {
  readonly operand: number;
  readonly flat: Affine;
  readonly low: readonly number[];
  readonly sizes: Shape;
}

/** Moves block by block where the map is affine, as almost all are; else element by element. */
export function evaluateMovement(
  op: MovementOp,
  inputs: readonly KernelInput[],
  attrs: Attrs,
  output: TensorType,
): Float64Array {
  const fill = numberScalars(output.dtype).literal(op.fill(attrs), output.dtype);
  const data = new Float64Array(elementCount(output.shape)).fill(fill);
  const blocks = affineBlocks(op, inputs, attrs, output);
  if (!blocks) moveElements(op, inputs, attrs, output, data);
  // The first source that holds wins, so it is written last.
  else for (const block of blocks.reverse()) moveBlock(block, inputs, output.shape, data);
  return data;
}

function affineBlocks(
  op: MovementOp,
  inputs: readonly KernelInput[],
  attrs: Attrs,
  output: TensorType,
): Block[] | undefined {
  const ix = new AffineIndexOps(output.shape.length, inputs);
  const types = inputs.map((input) => input.type);
  const blocks: Block[] = [];
  for (const source of op.sources(ix.position(), attrs, ix, types, output)) {
    const flat = ix.ravel(source.at, types[source.operand]!.shape);
    const box = boxWhere(source.when ?? [], output.shape);
    if (!flat || !box) return undefined;
    blocks.push({ operand: source.operand, flat, ...box });
  }
  return blocks;
}

/** The positions at which all ranges hold, if they are a box: each range about one axis, with a step > 0. */
function boxWhere(
  ranges: readonly IndexRange<Affine | null>[],
  shape: Shape,
): { low: number[]; sizes: number[] } | undefined {
  const low = shape.map(() => 0);
  const high = [...shape];
  for (const { value, from, below } of ranges) {
    const axes = value ? [...value.steps.keys()].filter((axis) => value.steps[axis] !== 0) : [];
    const [axis] = axes;
    if (!value || axis === undefined || axes.length > 1 || value.steps[axis]! < 0) return undefined;
    const step = value.steps[axis]!;
    low[axis] = Math.max(low[axis]!, Math.ceil((from - value.offset) / step));
    high[axis] = Math.min(high[axis]!, Math.ceil((below - value.offset) / step));
  }
  return { low, sizes: high.map((end, axis) => Math.max(0, end - low[axis]!)) };
}

function moveBlock(block: Block, inputs: readonly KernelInput[], shape: Shape, data: Float64Array): void {
  const { flat, low, sizes } = block;
  if (elementCount(sizes) === 0) return;
  const strides = stridesOf(shape);
  const offsetIn = (steps: readonly number[]): number =>
    low.reduce((offset, start, axis) => offset + start * steps[axis]!, 0);
  copyBlock(
    sizes,
    inputs[block.operand]!.data,
    { offset: flat.offset + offsetIn(flat.steps), strides: flat.steps },
    data,
    { offset: offsetIn(strides), strides },
  );
}

function moveElements(
  op: MovementOp,
  inputs: readonly KernelInput[],
  attrs: Attrs,
  output: TensorType,
  data: Float64Array,
): void {
  const ix = numberIndexOps(inputs);
  const types = inputs.map((input) => input.type);
  forEachPosition(output.shape, (at, flat) => {
    const source = op.sources(at, attrs, ix, types, output).find(holds);
    if (source) data[flat] = inputs[source.operand]!.data[ravel(source.at, types[source.operand]!.shape)]!;
  });
}

function holds(source: MovementSource<number>): boolean {
  return (source.when ?? []).every(({ value, from, below }) => value >= from && value < below);
}
