import type { Attrs } from "./attrs.js";
import type { Value } from "./graph.js";
import type { IndexOps, MovementSource } from "./index-ops.js";
import type { ScalarOps } from "./scalar.js";
import type { DType, Operand, TensorType, ValueLike } from "./types.js";
import type {
  BatchContext,
  Cotangents,
  JvpContext,
  KernelInput,
  KernelOp,
  KernelTemplate,
  Kink,
  MovementOp,
  PointwiseOp,
  ReduceOp,
  Sample,
  SourceOp,
  VjpContext,
} from "./op.js";

// What a declaration of an op says, by kind, and the callable op that `defineOp` makes of it.

type Named<N extends readonly string[], T> = { readonly [K in N[number]]: T };
type OneTypeEach<N extends readonly string[]> = { readonly [K in keyof N]: TensorType };

export type Axes = { readonly axes: readonly number[] };

interface SpecCommon<N extends readonly string[], A extends Attrs> {
  readonly name: string;
  readonly operands: N;
  readonly summary?: string;
  readonly defaults?: NoInfer<Partial<A>>;
  /** Gradients by operand name; leave out those that are zero. `null`: not differentiable. */
  readonly vjp:
    ((operands: Named<N, Value>, context: VjpContext<A>) => Partial<Named<N, Operand | undefined>>) | null;
  /** Tangents of the outputs; only where it is cheaper than what is derived from the kind and `vjp`. */
  readonly jvp?: (
    operands: Named<N, Value>,
    tangents: Named<N, Value | undefined>,
    context: JvpContext<A>,
  ) => Operand | undefined | readonly (Operand | undefined)[];
  /** Only for movements and kernels; without it, `vmap` makes one call after another of them. */
  readonly batch?: (operands: Named<N, Value>, context: BatchContext<A>) => ValueLike | readonly ValueLike[];
}

export interface PointwiseSpec<N extends readonly string[], A extends Attrs> extends SpecCommon<N, A> {
  readonly kind: "pointwise";
  readonly accepts: readonly DType[];
  readonly fixed?: Partial<Named<N, DType>>;
  /** `same` (the default) as the operands, `bool`, or computed. */
  readonly result?: "same" | "bool" | ((dtype: DType, attrs: A) => DType);
  scalar<E>(operands: Named<N, E>, s: ScalarOps<E>, attrs: A): E;
  /** One list of values an operand; zipped to make test cases. */
  readonly samples: readonly (readonly number[])[];
  readonly sampleAttrs?: A;
  readonly kinks?: readonly Kink[];
}

export interface MovementSpec<N extends readonly string[], A extends Attrs> extends SpecCommon<N, A> {
  readonly kind: "movement";
  infer(types: OneTypeEach<N>, attrs: A): TensorType;
  sources<I>(
    at: readonly I[],
    attrs: A,
    ix: IndexOps<I>,
    inputs: readonly TensorType[],
    output: TensorType,
  ): readonly MovementSource<I>[];
  fill?(attrs: A): number;
  readonly samples: readonly Sample[];
}

export interface VariadicMovementSpec<A extends Attrs> extends Omit<
  MovementSpec<[], A>,
  "operands" | "infer" | "vjp" | "jvp" | "batch"
> {
  readonly operands: "variadic";
  infer(types: readonly TensorType[], attrs: A): TensorType;
  readonly vjp: ((inputs: readonly Value[], context: VjpContext<A>) => Cotangents) | null;
  readonly batch?: (inputs: readonly Value[], context: BatchContext<A>) => ValueLike;
}

export interface ReduceSpec<N extends readonly string[]> extends SpecCommon<N, Axes> {
  readonly kind: "reduce";
  readonly accepts: readonly DType[];
  identity(dtype: DType): number;
  combine<E>(a: E, b: E, s: ScalarOps<E>): E;
  readonly needsElements?: boolean;
  readonly samples: readonly Sample[];
}

export interface SourceSpec<A extends Attrs> extends Omit<
  SpecCommon<[], A>,
  "vjp" | "jvp" | "batch" | "operands"
> {
  readonly kind: "source";
  infer(attrs: A): TensorType;
  element<I, E>(at: readonly I[], attrs: A, s: ScalarOps<E>, toScalar: (index: I) => E): E;
  readonly samples: readonly Sample[];
}

export interface KernelSpec<N extends readonly string[], A extends Attrs> extends SpecCommon<N, A> {
  readonly kind: "kernel";
  readonly template: KernelTemplate;
  infer(types: OneTypeEach<N>, attrs: A): TensorType | readonly TensorType[];
  evaluate(inputs: { readonly [K in keyof N]: KernelInput }, attrs: A): readonly Float64Array[];
  readonly expand?: (operands: Named<N, Value>, attrs: A) => ValueLike | readonly ValueLike[];
  readonly samples: readonly Sample[];
}

export interface VariadicKernelSpec<A extends Attrs> extends Omit<
  KernelSpec<[], A>,
  "operands" | "infer" | "evaluate" | "expand" | "vjp" | "jvp" | "batch"
> {
  readonly operands: "variadic";
  infer(types: readonly TensorType[], attrs: A): TensorType;
  readonly expand?: (inputs: readonly Value[], attrs: A) => ValueLike;
  evaluate(inputs: readonly KernelInput[], attrs: A): readonly Float64Array[];
  readonly vjp: ((inputs: readonly Value[], context: VjpContext<A>) => Cotangents) | null;
  readonly batch?: (inputs: readonly Value[], context: BatchContext<A>) => ValueLike | readonly ValueLike[];
}

export interface RegionSpec<A extends Attrs> {
  readonly kind: "region";
  readonly name: string;
  readonly summary?: string;
  readonly defaults?: NoInfer<Partial<A>>;
  infer(types: readonly TensorType[], attrs: A): readonly TensorType[];
  expand(inputs: readonly Value[], attrs: A): readonly ValueLike[];
  /** With rules of its own a region is differentiated or batched as it is; without, what it expands to. */
  readonly vjp?: (inputs: readonly Value[], context: VjpContext<A>) => Cotangents;
  readonly jvp?: (
    inputs: readonly Value[],
    tangents: readonly (Value | undefined)[],
    context: JvpContext<A>,
  ) => readonly (Operand | undefined)[];
  readonly batch?: (inputs: readonly Value[], context: BatchContext<A>) => readonly ValueLike[];
}

export interface LoopSpec<A extends Attrs> extends Omit<RegionSpec<A>, "kind" | "expand"> {
  readonly kind: "loop";
}

type AttrArgument<A extends Attrs> = string extends keyof A
  ? [attrs?: A]
  : keyof A extends never
    ? []
    : [attrs: A];
type Operands<N extends readonly string[]> = { [K in keyof N]: Operand };

/** The op as a function: operands in order, then the attributes. */
export type Callable<N extends readonly string[], A extends Attrs> = (
  ...args: [...Operands<N>, ...AttrArgument<A>]
) => ValueLike;

export type UnaryOp = PointwiseOp & ((x: Operand) => ValueLike);
export type BinaryOp = PointwiseOp & ((a: Operand, b: Operand) => ValueLike);
export type TernaryOp = PointwiseOp & ((a: Operand, b: Operand, c: Operand) => ValueLike);
export type UnaryMovement<A extends Attrs> = MovementOp & ((x: Operand, attrs: A) => ValueLike);
export type BinaryMovement<N extends readonly [string, string], A extends Attrs> = MovementOp &
  Callable<N, A>;
export type VariadicMovement<A extends Attrs> = MovementOp &
  ((operands: readonly Operand[], attrs: A) => ValueLike);
export type VariadicKernel<A extends Attrs> = KernelOp &
  ((operands: readonly Operand[], attrs: A) => ValueLike);
export type Reduction = ReduceOp & ((x: Operand, attrs: Axes) => ValueLike);
export type Source<A extends Attrs> = SourceOp & ((attrs: A) => ValueLike);

export type NoAttrs = Readonly<Record<never, never>>;
