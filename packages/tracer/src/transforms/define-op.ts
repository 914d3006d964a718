import * as ir from "@weftjs/ir";
import type { Attrs, DType, Kink, Sample, ScalarOps } from "@weftjs/ir";
import type { Numeric } from "../functions/numeric.js";
import type { Tensor } from "../tensor.js";

type Named<N extends readonly string[], T> = { readonly [K in N[number]]: T };

/** What a gradient rule sees besides the operands. */
export interface GradientContext<A extends Attrs> {
  /** The cotangent of the result. */
  readonly ct: Tensor;
  /** The result itself. */
  readonly out: Tensor;
  /** The call's attributes. */
  readonly attrs: A;
  /** Whether operand `k` needs a gradient: rules may skip work for those that do not. */
  readonly needs: readonly boolean[];
}

interface OwnOp<N extends readonly string[], A extends Attrs> {
  /** Unique among all ops; in IR text and messages. */
  readonly name: string;
  /** Their names, in the order of the call. */
  readonly operands: N;
  /** One sentence. */
  readonly summary?: string;
  /** Dtypes that the rule works in; bools and integers are converted as far as needed. */
  readonly accepts: readonly DType[];
  /**
   * Gradients by operand name, from ops and tensor methods, linear in `ct`; operands left out have none. Null: the op
   * has no derivative. Forward mode follows from it.
   */
  readonly vjp:
    | ((operands: Named<N, Tensor>, context: GradientContext<A>) => Partial<Named<N, Numeric | undefined>>)
    | null;
}

/** An op that makes each element of its result from the elements of its operands at the same place. */
export interface PointwiseDeclaration<N extends readonly string[], A extends Attrs> extends OwnOp<N, A> {
  /** Decides what the op is. */
  readonly kind: "pointwise";
  /** `same` (the default) as the operands, or `bool`. */
  readonly result?: "same" | "bool";
  /** Attributes left out of IR text when they have these values. */
  readonly defaults?: NoInfer<Partial<A>>;
  /** The element, from the closed set of scalar functions `s`, which every device has. */
  scalar<E>(operands: Named<N, E>, s: ScalarOps<E>, attrs: A): E;
  /** One list of values an operand, to test the op with. */
  readonly samples?: readonly (readonly number[])[];
  /** Attributes to test the samples with. */
  readonly sampleAttrs?: A;
  /** Where the derivative does not exist, with the gradient that is given there. */
  readonly kinks?: readonly Kink[];
}

/** An op that combines the elements along axes, which vanish. */
export interface ReduceDeclaration<N extends readonly [string]> extends OwnOp<N, ir.Axes> {
  /** Decides what the op is. */
  readonly kind: "reduce";
  /** What changes nothing in `combine`: the result of no elements. */
  identity(dtype: DType): number;
  /** Associative and commutative: elements are combined in any order. */
  combine<E>(a: E, b: E, s: ScalarOps<E>): E;
  /** Operands and attributes to test the op with. */
  readonly samples?: readonly Sample[];
}

type AttrArgument<A extends Attrs> = keyof A extends never ? [] : [attrs: A];

/** The op as a function: its operands in order, then its attributes. */
export type OwnPointwise<N extends readonly string[], A extends Attrs> = (
  ...args: [...{ [K in keyof N]: Numeric }, ...AttrArgument<A>]
) => Tensor;

/** The op as a function of a tensor and the axes to combine along, counted from 0. */
export type OwnReduction = (x: Numeric, attrs: ir.Axes) => Tensor;

/**
 * Declares an op of your own, once, and gives the function that calls it. It is an op like all others: it is fused
 * with its neighbours on the device, differentiated in both directions, batched, printed and parsed, folded, and runs
 * in the interpreter. Its rules see graph values, which have the shape, the dtype and the methods of tensors.
 *
 * @throws W2002 an op of that name exists already.
 */
export function defineOp<const N extends readonly string[], A extends Attrs = Readonly<Record<never, never>>>(
  declaration: PointwiseDeclaration<N, A>,
): OwnPointwise<N, A>;
export function defineOp<const N extends readonly [string]>(declaration: ReduceDeclaration<N>): OwnReduction;
export function defineOp(declaration: object): unknown {
  // Rules are written against Tensor and run on graph values, which have its methods: see `install.ts`.
  return ir.defineOp(declaration as never);
}
