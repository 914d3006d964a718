import type * as weft from "../index.js";
import type { Retyped } from "./retyped.js";

declare const flavour: unique symbol;

/**
 * A tensor as the operator surface types it: a number by flavour, so that TypeScript lets `a * b`, `-x` and `w -= g`
 * stand and takes a plain number wherever a tensor may be. The value is a `Tensor` of the strict surface: no operator
 * works on it without the transform, and what these types let through `weft check` finds.
 */
export type Tensor = number & { readonly [flavour]?: "tensor" };

/** What an index picks; besides it knows the whole with that part changed. */
export type Part = Tensor & {
  /** The whole, its part replaced by `values`; of several for one place, by the last. */
  set(values: Tensor): Tensor;
  /** The whole, `values` added to its part; several for one place add up. */
  add(values: Tensor): Tensor;
};

/** What a tensor can be asked for. The iterator stays out: it would make every number an iterable. */
type PublicName =
  | "shape"
  | "dtype"
  | "ndim"
  | "size"
  | "data"
  | "item"
  | "toArray"
  | "dispose"
  | typeof Symbol.dispose
  | keyof weft.TensorMethods;

type TensorMembers = { readonly [Name in PublicName]: Retyped<weft.Tensor[Name]> };

declare global {
  // TypeScript types every result of an operator as `number`: only there can what it offers be declared.
  interface Number extends TensorMembers {
    /** Entries of a tensor's first axis. */
    readonly [index: number]: Tensor;
  }
}
