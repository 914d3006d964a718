import type * as weft from "../index.js";
import type { Optimizer, OptimizerState } from "./generic.js";
import type { Part, Tensor } from "./tensor.js";

/** What is the same on both surfaces, and is not looked into. */
type Kept =
  | string
  | number
  | boolean
  | bigint
  | symbol
  | null
  | undefined
  | ArrayBufferView
  | weft.TensorLike
  | weft.NestedNumbers
  | weft.AxisTree
  | weft.tree.TreeStructure
  | weft.Report
  | weft.WeftError
  | weft.InitOptions
  | ReturnType<typeof weft.parseGraph>
  | (abstract new (...args: never) => unknown);

/**
 * A type of the strict surface in that of the operators: each `Tensor` in it, however deep, becomes the flavoured
 * number. What mentions none stays the very type that it was, with its type parameters and overloads. What has type
 * parameters and does mention tensors cannot be mapped by a type: it is in `generic.ts`.
 */
export type Retyped<T> = unknown extends T
  ? T
  : T extends weft.Part
    ? Part
    : T extends weft.Tensor
      ? Tensor
      : T extends Kept
        ? T
        : T extends weft.Optimizer
          ? Optimizer
          : weft.OptimizerState extends T
            ? OptimizerState
            : T extends Promise<infer Value>
              ? Promise<Retyped<Value>>
              : T extends (...args: infer Args extends readonly unknown[]) => infer Result
                ? IfSame<
                    [Args, Result],
                    [RetypedList<Args>, Retyped<Result>],
                    T,
                    (...args: RetypedList<Args>) => Retyped<Result>
                  >
                : IfSame<T, { [K in keyof T]: Retyped<T[K]> }, T, { [K in keyof T]: Retyped<T[K]> }>;

/** A mapped type of its own, so that a list of parameters keeps its names. */
export type RetypedList<Args extends readonly unknown[]> = { [K in keyof Args]: Retyped<Args[K]> };

type IfSame<A, B, Yes, No> = (<X>() => X extends A ? 1 : 2) extends <X>() => X extends B ? 1 : 2 ? Yes : No;
