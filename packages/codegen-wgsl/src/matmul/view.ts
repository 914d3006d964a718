/**
 * A batch of matrix products as the kernel templates see it: sizes, and how one element is read or stored.
 * Transposes, slices, prologues and epilogues are all hidden behind the text that these functions return.
 *
 * The templates own these names inside the entry point; a header or text that declares or means another thing by
 * them does not work: batch, row, col, inner, top, start, zero, thread, group, local, tile, at, four, value, vector,
 * slice, output, reach, partials, r, slot, slotStep, step, leftAt, rightAt, leftTile, rightTile, sumT, sumOut, rowOut, colOut, block,
 * lane, invocation, and left, right, mine and sum with a number behind (left0, mine1, sum3_1).
 */
export interface MatmulView {
  readonly batch: number;
  readonly m: number;
  readonly n: number;
  readonly k: number;
  /** element(batch, row of 0..m, col of 0..k). */
  readonly a: MatmulOperand;
  /** element(batch, row of 0..k, col of 0..n). */
  readonly b: MatmulOperand;
  /**
   * Statements that apply the epilogue and store; they stand in a block of their own, under the guards they need.
   * `acc` is a name of type T or vec4<T>; a vec4 holds the columns col to col + 3, col a multiple of 4.
   */
  store(at: { batch: string; row: string; col: string }, acc: string, width: 1 | 4): string;
  /** Needs n to be a multiple of 4. */
  readonly canStoreVec4: boolean;
  /** What comes before the entry point: directives, bindings, functions. */
  readonly header: string;
  /** T: what operands give and `store` gets. Sums are f32 whatever T is. */
  readonly elementType: "f32" | "f16";
}

/** Arguments are i32 expressions without side effects, always in range. */
export interface MatmulOperand {
  /** An expression of type T that reads one element. */
  element(batch: string, row: string, col: string): string;
  /** Along which axis memory is contiguous, if any: there, neighbours on a GPU read neighbours. */
  readonly contiguousAlong: "row" | "col" | null;
  /** Along which axis 4 elements that start at a multiple of 4 can be read at once, if any. */
  readonly vec4Along: "row" | "col" | null;
  /** An expression of type vec4<T> that reads 4 elements along `vec4Along`. Never called where that is null. */
  vec4(batch: string, row: string, col: string): string;
  /**
   * For a loop along the inner axis: the same reads with the other index fixed, and what of their index arithmetic
   * does not depend on the inner one computed before the loop. No driver can be relied upon to move it there, and of
   * an operand with windows it is more work than the products. `id` is a prefix for names, one for each `outer`.
   */
  fixed?(read: "element" | "vec4", id: string, batch: string, outer: string): FixedRead;
}

export interface FixedRead {
  /** Statements to stand before the loop. */
  readonly before: string;
  /** The read at an inner index. */
  at(inner: string): string;
}

export interface MatmulKernel {
  /** Entry point `main`. */
  readonly wgsl: string;
  readonly workgroups: readonly [number, number, number];
  /** Template and sizes, for people: `tiles_64x64x16`. */
  readonly variant: string;
}
