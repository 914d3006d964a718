import type { IndexOps } from "../index-ops.js";
import type { KernelInput } from "../op.js";
import { type Shape, stridesOf } from "../types.js";

/** Index arithmetic on numbers: one element at a time, any map. */
export function numberIndexOps(inputs: readonly KernelInput[]): IndexOps<number> {
  return {
    literal: (value) => value,
    add: (a, b) => a + b,
    sub: (a, b) => a - b,
    mul: (a, factor) => a * factor,
    floorDiv: (a, divisor) => Math.floor(a / divisor),
    mod: (a, divisor) => a - Math.floor(a / divisor) * divisor,
    reshape: (at, from, to) => unravel(ravel(at, from), to),
    element: (k, at) => inputs[k]!.data[ravel(at, inputs[k]!.type.shape)]!,
  };
}

/** The row-major number of a position. */
export function ravel(at: readonly number[], shape: Shape): number {
  return at.reduce((flat, i, axis) => flat * shape[axis]! + i, 0);
}

function unravel(flat: number, shape: Shape): readonly number[] {
  return stridesOf(shape).map((stride, axis) => Math.floor(flat / stride) % shape[axis]!);
}

/** `offset + Σ steps[axis] · position[axis]`. */
export interface Affine {
  readonly offset: number;
  readonly steps: readonly number[];
}

/**
 * Index arithmetic on affine forms of the output position: a whole map at once. What is not affine is null; a
 * reshaped position is null on each axis, and yet its row-major number may be affine.
 */
export class AffineIndexOps implements IndexOps<Affine | null> {
  private readonly reshaped = new WeakMap<readonly unknown[], Affine | null>();

  constructor(
    private readonly rank: number,
    private readonly inputs: readonly KernelInput[],
  ) {}

  position(): readonly Affine[] {
    return Array.from({ length: this.rank }, (_, axis) => ({
      offset: 0,
      steps: this.literal(0).steps.with(axis, 1),
    }));
  }

  /** The row-major number of a position, or null. */
  ravel(at: readonly (Affine | null)[], shape: Shape): Affine | null {
    if (this.reshaped.has(at)) return this.reshaped.get(at)!;
    const strides = stridesOf(shape);
    return at.reduce<Affine | null>(
      (flat, i, axis) => this.add(flat, this.mul(i, strides[axis]!)),
      this.literal(0),
    );
  }

  literal(value: number): Affine {
    return { offset: value, steps: new Array<number>(this.rank).fill(0) };
  }

  add(a: Affine | null, b: Affine | null | number): Affine | null {
    return this.combine(a, 1, b);
  }

  sub(a: Affine | null, b: Affine | null | number): Affine | null {
    return this.combine(a, -1, b);
  }

  mul(a: Affine | null, factor: number): Affine | null {
    return a && { offset: a.offset * factor, steps: a.steps.map((step) => step * factor) };
  }

  floorDiv(a: Affine | null, divisor: number): Affine | null {
    return divisor === 1 ? a : null;
  }

  mod(_: Affine | null, divisor: number): Affine | null {
    return divisor === 1 ? this.literal(0) : null;
  }

  reshape(at: readonly (Affine | null)[], from: Shape, to: Shape): readonly (Affine | null)[] {
    const position = to.map(() => null);
    this.reshaped.set(position, this.ravel(at, from));
    return position;
  }

  /** Known for all positions at once only where there is one element. */
  element(k: number): Affine | null {
    const { data } = this.inputs[k]!;
    return data.length === 1 ? this.literal(data[0]!) : null;
  }

  private combine(a: Affine | null, sign: 1 | -1, b: Affine | null | number): Affine | null {
    const other = typeof b === "number" ? this.literal(b) : b;
    if (!a || !other) return null;
    return {
      offset: a.offset + sign * other.offset,
      steps: a.steps.map((step, axis) => step + sign * other.steps[axis]!),
    };
  }
}
