import { type Attrs, NO_ATTRS } from "./attrs.js";
import { WeftError } from "./errors.js";
import type { Value } from "./graph.js";
import type { IndexOps, MovementSource } from "./index-ops.js";
import { currentRecorder } from "./recorder.js";
import type { ScalarOps } from "./scalar.js";
import type { DType, Operand, TensorType, ValueLike } from "./types.js";

/**
 * The six kinds. Fusion, planning and codegen switch on the kind, never on the op.
 *
 * - `source`: makes elements from their position alone.
 * - `pointwise`: each output element from the operands' elements at the same position.
 * - `movement`: each output element is an input element at another position, or a fill value. The position
 *   may depend on the content of an integer operand.
 * - `reduce`: combines the elements along axes; the axes vanish.
 * - `kernel`: needs a template of its own, which it names.
 * - `region`: carries graphs; a pass expands it.
 */
export type OpKind = "source" | "pointwise" | "movement" | "reduce" | "kernel" | "region";

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

interface OpCommon {
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

export type Op = SourceOp | PointwiseOp | MovementOp | ReduceOp | KernelOp | RegionOp;

// ---------------------------------------------------------------------------------------------------------------
// Declaring an op

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

const registry = new Map<string, Op>();

/** All ops, in order of declaration. */
export function allOps(): readonly Op[] {
  return [...registry.values()];
}

export function findOp(name: string): Op | undefined {
  return registry.get(name);
}

/**
 * Declares an op, once, in one place. What it gives back is both the op and the function that calls it. From the
 * declaration derive the public function, parser and printer, the interpreter, constant folding, WGSL, gradient
 * checks and the docs.
 */
export function defineOp<const N extends readonly string[], A extends Attrs = NoAttrs>(
  spec: PointwiseSpec<N, A>,
): PointwiseOp & Callable<N, A>;
export function defineOp<const N extends readonly [string], A extends Attrs>(
  spec: MovementSpec<N, A>,
): UnaryMovement<A>;
export function defineOp<const N extends readonly [string, string], A extends Attrs>(
  spec: MovementSpec<N, A>,
): BinaryMovement<N, A>;
export function defineOp<A extends Attrs>(spec: VariadicMovementSpec<A>): VariadicMovement<A>;
export function defineOp<const N extends readonly [string]>(spec: ReduceSpec<N>): Reduction;
export function defineOp<A extends Attrs>(spec: SourceSpec<A>): Source<A>;
export function defineOp<const N extends readonly string[], A extends Attrs = NoAttrs>(
  spec: KernelSpec<N, A>,
): KernelOp & Callable<N, A>;
export function defineOp<A extends Attrs>(spec: VariadicKernelSpec<A>): VariadicKernel<A>;
export function defineOp<A extends Attrs>(
  spec: RegionSpec<A>,
): RegionOp & ((operands: readonly Operand[], attrs: A) => readonly ValueLike[]);
export function defineOp(spec: AnySpec): Op {
  if (registry.has(spec.name)) {
    throw new WeftError({
      code: "W2002",
      message: `an op called ${spec.name} exists already`,
      hint: "give it a name of its own",
    });
  }
  const names = spec.operands ?? (spec.kind === "region" ? "variadic" : []);
  const call = callable(names);
  const op = Object.assign(call, normalise(spec, names)) as unknown as Op;
  Object.defineProperty(call, "name", { value: spec.name });
  call.op = op;
  registry.set(spec.name, op);
  return op;
}

// The overloads above are the typed surface; inside, one shape serves all kinds.
// biome-ignore format: one line a member
type AnySpec = {
  readonly kind: OpKind;
  readonly name: string;
  readonly operands?: readonly string[] | "variadic";
  readonly summary?: string;
  readonly defaults?: Attrs;
  readonly vjp?: unknown;
  readonly jvp?: unknown;
  readonly batch?: unknown;
  readonly accepts?: readonly DType[];
  readonly fixed?: unknown;
  readonly result?: unknown;
  readonly samples?: unknown;
  readonly sampleAttrs?: Attrs;
  readonly kinks?: readonly Kink[];
  readonly scalar?: unknown;
  readonly infer?: unknown;
  readonly fill?: unknown;
  readonly expand?: unknown;
  readonly needsElements?: boolean;
};

interface CallSite {
  (...args: unknown[]): unknown;
  op: Op;
}

/** The function that calls the op, without rest arguments for the arities that replay calls a million times. */
function callable(names: readonly string[] | "variadic"): CallSite {
  const record = (operands: readonly Operand[], attrs: unknown): unknown =>
    currentRecorder().record(call.op, operands, (attrs as Attrs | undefined) ?? NO_ATTRS);
  const call = makeCall() as CallSite;
  return call;

  function makeCall(): unknown {
    if (names === "variadic")
      return (operands: readonly Operand[], attrs?: unknown) => record(operands, attrs);
    switch (names.length) {
      case 0:
        return (attrs?: unknown) => record([], attrs);
      case 1:
        return (x: Operand, attrs?: unknown) => record([x], attrs);
      case 2:
        return (a: Operand, b: Operand, attrs?: unknown) => record([a, b], attrs);
      default:
        return (...args: unknown[]) => record(args.slice(0, names.length) as Operand[], args[names.length]);
    }
  }
}

function normalise(spec: AnySpec, names: readonly string[] | "variadic"): object {
  const { name: _, ...members } = spec;
  const common = {
    ...members,
    operands: names,
    defaults: spec.defaults ?? NO_ATTRS,
    summary: spec.summary ?? "",
    samples: spec.samples ?? [],
    vjp: spec.vjp ? positionalVjp(spec.vjp, names) : null,
    jvp: spec.jvp ? positionalJvp(spec.jvp, names) : null,
    batch: spec.batch ? positionalBatch(spec.batch, names) : null,
  };
  switch (spec.kind) {
    case "pointwise":
      return { ...common, ...normalisePointwise(spec, names as readonly string[]) };
    case "movement":
      return { ...common, fill: spec.fill ?? (() => 0) };
    case "source": {
      const infer = spec.infer as (attrs: Attrs) => TensorType;
      return { ...common, infer: (_types: unknown, attrs: Attrs) => infer(attrs) };
    }
    case "reduce":
      return { ...common, needsElements: spec.needsElements ?? false };
    case "kernel":
      return { ...common, expand: spec.expand ? positionalExpand(spec.expand, names) : null };
    case "region":
      return common;
    default:
      return spec.kind satisfies never;
  }
}

function normalisePointwise(spec: AnySpec, names: readonly string[]): object {
  const scalar = spec.scalar as (operands: unknown, s: unknown, attrs: Attrs) => unknown;
  const lists = (spec.samples ?? []) as readonly (readonly number[])[];
  const fixed = Object.entries(spec.fixed ?? {}) as [string, DType][];
  return {
    fixed: Object.fromEntries(fixed.map(([operand, dtype]) => [names.indexOf(operand), dtype])),
    kinks: spec.kinks ?? [],
    result: resultRule(spec.result),
    scalar: (operands: readonly unknown[], s: unknown, attrs: Attrs) =>
      scalar(byName(names, operands), s, attrs),
    samples: [
      {
        operands: lists.map((data) => ({ shape: [data.length], data, ...sampleDType(spec) })),
        ...(spec.sampleAttrs ? { attrs: spec.sampleAttrs } : {}),
      },
    ],
  };
}

/** Of an op that takes no float64, which else samples are: its first. A bool op converts them. */
function sampleDType({ accepts = [] }: AnySpec): { readonly dtype?: DType } {
  const [first] = accepts;
  return accepts.includes("float64") || first === "bool" || first === undefined ? {} : { dtype: first };
}

function resultRule(result: unknown): (dtype: DType, attrs: Attrs) => DType {
  if (result === "bool") return () => "bool";
  if (typeof result === "function") return result as (dtype: DType, attrs: Attrs) => DType;
  return (dtype) => dtype;
}

function byName(names: readonly string[], operands: readonly unknown[]): Record<string, unknown> {
  const named: Record<string, unknown> = {};
  for (let i = 0; i < names.length; i++) named[names[i]!] = operands[i];
  return named;
}

function positionalVjp(rule: unknown, names: readonly string[] | "variadic"): OpCommon["vjp"] {
  if (names === "variadic") return rule as OpCommon["vjp"];
  const byNames = rule as (operands: unknown, context: VjpContext) => Record<string, Operand | undefined>;
  return (inputs, context) => {
    const gradients = byNames(byName(names, inputs), context);
    return names.map((name) => gradients[name]);
  };
}

function positionalJvp(rule: unknown, names: readonly string[] | "variadic"): OpCommon["jvp"] {
  if (names === "variadic") return rule as OpCommon["jvp"];
  const byNames = rule as (operands: unknown, tangents: unknown, context: JvpContext) => unknown;
  return (inputs, tangents, context) => {
    const made = byNames(byName(names, inputs), byName(names, tangents), context);
    return (Array.isArray(made) ? made : [made]) as readonly (Operand | undefined)[];
  };
}

function positionalExpand(rule: unknown, names: readonly string[] | "variadic"): KernelOp["expand"] {
  const byNames = rule as (operands: unknown, attrs: Attrs) => ValueLike | readonly ValueLike[];
  return (inputs, attrs) => {
    const made = byNames(names === "variadic" ? inputs : byName(names, inputs), attrs);
    return Array.isArray(made) ? (made as readonly ValueLike[]) : [made as ValueLike];
  };
}

function positionalBatch(rule: unknown, names: readonly string[] | "variadic"): OpCommon["batch"] {
  const given = rule as (operands: unknown, context: BatchContext) => ValueLike | readonly ValueLike[];
  return (inputs, context) => {
    const made = given(names === "variadic" ? inputs : byName(names, inputs), context);
    return Array.isArray(made) ? (made as readonly ValueLike[]) : [made as ValueLike];
  };
}
