import type { Attrs } from "./attrs.js";
import type { Value } from "./graph.js";
import type { IndexOps, MovementSource } from "./index-ops.js";
import type { ScalarOps } from "./scalar.js";
import type { DType, Operand, TensorType, ValueLike } from "./types.js";

/**
 * The seven kinds. Fusion, planning and codegen switch on the kind, never on the op.
 *
 * - `source`: makes elements from their position alone.
 * - `pointwise`: each output element from the operands' elements at the same position.
 * - `movement`: each output element is an input element at another position, or a fill value. The position
 *   may depend on the content of an integer operand.
 * - `reduce`: combines the elements along axes; the axes vanish.
 * - `kernel`: needs a template of its own, which it names.
 * - `region`: carries graphs; a pass expands it.
 * - `loop`: runs a graph again and again on the device.
 */
export type OpKind = "source" | "pointwise" | "movement" | "reduce" | "kernel" | "region" | "loop";

/** What a differentiation rule sees besides the operands. */
export interface VjpContext<A extends Attrs = Attrs> {
  /** Cotangent of the first output. */
  readonly ct: Value;
  /** Cotangents of all outputs; undefined where symbolically zero. */
  readonly cts: readonly (Value | undefined)[];
  /** The first output itself. */
  readonly out: Value;
  readonly outs: readonly Value[];
  readonly attrs: A;
  /** Whether operand `k` needs a gradient: rules may skip work for those that do not. */
  readonly needs: readonly boolean[];
}

/** One gradient an operand; undefined is a symbolic zero. */
export type Cotangents = readonly (Operand | undefined)[];

/** What a forward-mode rule sees besides the operands and their tangents. */
export interface JvpContext<A extends Attrs = Attrs> {
  /** The first output. */
  readonly out: Value;
  readonly outs: readonly Value[];
  readonly attrs: A;
}

/** What a batching rule sees besides the operands, of which the batched ones have one more axis, the first. */
export interface BatchContext<A extends Attrs = Attrs> {
  /** How many calls are made at once. */
  readonly size: number;
  /** Whether operand `k` differs between the calls; at least one does. */
  readonly batched: readonly boolean[];
  readonly attrs: A;
}

/** Operand data of one test case of an op; the registry-driven tests and the docs read them. */
export interface Sample {
  readonly operands: readonly SampleOperand[];
  readonly attrs?: Attrs;
}

export interface SampleOperand {
  readonly dtype?: DType;
  readonly shape: readonly number[];
  /** Filled with distinct, well-behaved values where absent. */
  readonly data?: readonly number[];
}

/** What every op has. */
export interface OpCommon {
  readonly name: string;
  readonly operands: readonly string[] | "variadic";
  /** Attributes left out of IR text when they have these values. */
  readonly defaults: Attrs;
  /** One sentence, for the docs table. */
  readonly summary: string;
  readonly samples: readonly Sample[];
  readonly vjp: ((inputs: readonly Value[], context: VjpContext) => Cotangents) | null;
  /** One tangent an output. Null: derived, see `autodiff/tangents.ts`. */
  readonly jvp:
    | ((
        inputs: readonly Value[],
        tangents: readonly (Value | undefined)[],
        context: JvpContext,
      ) => readonly (Operand | undefined)[])
    | null;
  /** Many calls as one, the batch the first axis of each output. Null: derived, see `batching/batch-node.ts`. */
  readonly batch: ((inputs: readonly Value[], context: BatchContext) => readonly ValueLike[]) | null;
}

export interface SourceOp extends OpCommon {
  readonly kind: "source";
  infer(types: readonly TensorType[], attrs: Attrs): TensorType;
  /** The element at a position; `toScalar` turns an index into a number of the output's dtype. */
  element<I, E>(at: readonly I[], attrs: Attrs, s: ScalarOps<E>, toScalar: (index: I) => E): E;
}

export interface PointwiseOp extends OpCommon {
  readonly kind: "pointwise";
  readonly operands: readonly string[];
  /** Dtypes the rule works in. Others are converted: bool to int32, integers to float32, as far as needed. */
  readonly accepts: readonly DType[];
  /** Operands that must have one dtype, and take no part in finding the common one: the condition of `where`. */
  readonly fixed: Readonly<Record<number, DType>>;
  result(dtype: DType, attrs: Attrs): DType;
  scalar<E>(operands: readonly E[], s: ScalarOps<E>, attrs: Attrs): E;
  /** Operand values at which central differences mean nothing: the tests check the documented gradient there. */
  readonly kinks: readonly Kink[];
}

/** The documented gradient at a point where the derivative does not exist. */
export interface Kink {
  readonly at: readonly number[];
  readonly gradient: readonly number[];
}

export interface MovementOp extends OpCommon {
  readonly kind: "movement";
  infer(types: readonly TensorType[], attrs: Attrs): TensorType;
  /** Where the output element at `at` comes from: the first source whose conditions hold, else `fill`. */
  sources<I>(
    at: readonly I[],
    attrs: Attrs,
    ix: IndexOps<I>,
    inputs: readonly TensorType[],
    output: TensorType,
  ): readonly MovementSource<I>[];
  fill(attrs: Attrs): number;
}

export interface ReduceOp extends OpCommon {
  readonly kind: "reduce";
  readonly accepts: readonly DType[];
  /** Neutral in `combine`; where `needsElements`, only within the dtype's range. */
  identity(dtype: DType): number;
  /** Associative and commutative, so that any order and any blocking is right. */
  combine<E>(a: E, b: E, s: ScalarOps<E>): E;
  /** Whether a reduction of no elements has no meaning, as the largest of none. */
  readonly needsElements: boolean;
}

/**
 * The code that computes a kernel op; fusion makes a domain of each, codegen writes it.
 *
 * - `matmul`: a contraction of the last axis of the first operand with the last but one of the second.
 * - `scatter`: for each output element, the sum of the source elements whose index along `axis` names it.
 * - `attention` and its gradients: sums over keys or queries weighted by the softmax of their products, which are
 *   computed where they are needed. Operands are those of the op `attention`, or of its gradients.
 * - `assembly`: operands side by side along `axis`. No kernel of its own: those that compute the operands write there.
 */
export type KernelTemplate = "matmul" | "scatter" | "assembly" | AttentionTemplate;

export type AttentionTemplate = "attention" | `attention-${"query" | "key" | "value"}-gradient`;

export interface KernelOp extends OpCommon {
  readonly kind: "kernel";
  readonly template: KernelTemplate;
  infer(types: readonly TensorType[], attrs: Attrs): TensorType | readonly TensorType[];
  /** The reference: plain loops over row-major float64 data, one array an output. */
  evaluate(inputs: readonly KernelInput[], attrs: Attrs): readonly Float64Array[];
  /** The same by ordinary ops and other kernels, for those who have no such template; null where there is none. */
  readonly expand: ((inputs: readonly Value[], attrs: Attrs) => readonly ValueLike[]) | null;
}

export interface KernelInput {
  readonly type: TensorType;
  readonly data: Float64Array;
}

export interface RegionOp extends OpCommon {
  readonly kind: "region";
  infer(types: readonly TensorType[], attrs: Attrs): readonly TensorType[];
  /** The same computation as ordinary ops, called on the recorder in force. */
  expand(inputs: readonly Value[], attrs: Attrs): readonly ValueLike[];
}

/** There is one, see `control/loop.ts`: what its attributes mean is in `LoopAttrs`. */
export interface LoopOp extends OpCommon {
  readonly kind: "loop";
  infer(types: readonly TensorType[], attrs: Attrs): readonly TensorType[];
}

export type Op = SourceOp | PointwiseOp | MovementOp | ReduceOp | KernelOp | RegionOp | LoopOp;
