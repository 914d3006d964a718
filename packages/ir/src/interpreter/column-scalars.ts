import type { ScalarFunction, ScalarOps } from "../scalar.js";
import type { DType } from "../types.js";

/** The values of one expression at every element, or one number for all. */
export type Column = number | Float64Array;

/**
 * Scalar functions on whole columns, from those on numbers: a rule runs once a tensor, not once an element, and
 * each function it calls is one tight loop.
 */
export function columnScalars(numbers: ScalarOps<number>): ScalarOps<Column> {
  const lifted = Object.entries(numbers)
    .filter(([name]) => !["dtype", "literal", "cast", "bitcast"].includes(name))
    .map(([name, compute]) => [name, lift(compute as (...operands: number[]) => number)]);
  return {
    // Every function of the closed set but these takes expressions alone, which `lift` handles.
    ...(Object.fromEntries(lifted) as Pick<ScalarOps<Column>, ScalarFunction>),
    dtype: numbers.dtype,
    literal: (value, dtype) => numbers.literal(value, dtype),
    cast: (x, dtype: DType) => mapOne((value) => numbers.cast(value, dtype), x),
    bitcast: (x, dtype: DType) => mapOne((value) => numbers.bitcast(value, dtype), x),
  };
}

function lift(compute: (...operands: number[]) => number): unknown {
  switch (compute.length) {
    case 1:
      return (x: Column) => mapOne(compute, x);
    case 2:
      return (a: Column, b: Column) => mapTwo(compute, a, b);
    default:
      return (a: Column, b: Column, c: Column) => mapThree(compute, a, b, c);
  }
}

function mapOne(compute: (x: number) => number, x: Column): Column {
  if (typeof x === "number") return compute(x);
  const out = new Float64Array(x.length);
  for (let i = 0; i < out.length; i++) out[i] = compute(x[i]!);
  return out;
}

function mapTwo(compute: (a: number, b: number) => number, a: Column, b: Column): Column {
  if (typeof a === "number") return mapOne((value) => compute(a, value), b);
  if (typeof b === "number") return mapOne((value) => compute(value, b), a);
  const out = new Float64Array(a.length);
  for (let i = 0; i < out.length; i++) out[i] = compute(a[i]!, b[i]!);
  return out;
}

function mapThree(
  compute: (a: number, b: number, c: number) => number,
  a: Column,
  b: Column,
  c: Column,
): Column {
  if (typeof a === "number") return mapTwo((second, third) => compute(a, second, third), b, c);
  if (typeof b === "number") return mapTwo((first, third) => compute(first, b, third), a, c);
  if (typeof c === "number") return mapTwo((first, second) => compute(first, second, c), a, b);
  const out = new Float64Array(a.length);
  for (let i = 0; i < out.length; i++) out[i] = compute(a[i]!, b[i]!, c[i]!);
  return out;
}
