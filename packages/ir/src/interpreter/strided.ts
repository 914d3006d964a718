import type { Shape } from "../types.js";

/** Where the elements of a block lie in a flat array. */
export interface Layout {
  readonly offset: number;
  /** One an axis of the block; 0 repeats. */
  readonly strides: readonly number[];
}

/** Calls `row` with both offsets of each row of a block that lies in two arrays; a scalar is one row of one. */
export function forEachRow(
  shape: Shape,
  a: Layout,
  b: Layout,
  row: (offsetA: number, offsetB: number) => void,
): void {
  visit(0, a.offset, b.offset);

  function visit(axis: number, offsetA: number, offsetB: number): void {
    if (axis >= shape.length - 1) return row(offsetA, offsetB);
    for (let i = 0; i < shape[axis]!; i++) {
      visit(axis + 1, offsetA + i * a.strides[axis]!, offsetB + i * b.strides[axis]!);
    }
  }
}

/** Copies a block from one array to another. */
export function copyBlock(
  shape: Shape,
  source: Float64Array,
  from: Layout,
  target: Float64Array,
  to: Layout,
): void {
  const length = shape.at(-1) ?? 1;
  const step = from.strides.at(-1) ?? 0;
  const stepTo = to.strides.at(-1) ?? 0;
  forEachRow(shape, from, to, (i, o) => {
    for (let n = 0; n < length; n++, i += step, o += stepTo) target[o] = source[i]!;
  });
}

/** Calls `visit` with the position of each element, in row-major order. The position is the same array each time. */
export function forEachPosition(shape: Shape, visit: (at: readonly number[], flat: number) => void): void {
  const at = shape.map(() => 0);
  const count = shape.reduce((product, size) => product * size, 1);
  for (let flat = 0; flat < count; flat++) {
    visit(at, flat);
    for (let axis = shape.length - 1; axis >= 0 && ++at[axis]! === shape[axis]; axis--) at[axis] = 0;
  }
}
