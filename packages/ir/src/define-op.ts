import { type Attrs, NO_ATTRS } from "./attrs.js";
import { WeftError } from "./errors.js";
import type { DType, Operand, TensorType, ValueLike } from "./types.js";
import type {
  BatchContext,
  JvpContext,
  KernelOp,
  Kink,
  LoopOp,
  Op,
  OpCommon,
  OpKind,
  PointwiseOp,
  RegionOp,
  VjpContext,
} from "./op.js";
import type {
  BinaryMovement,
  Callable,
  KernelSpec,
  LoopSpec,
  MovementSpec,
  NoAttrs,
  PointwiseSpec,
  ReduceSpec,
  Reduction,
  RegionSpec,
  Source,
  SourceSpec,
  UnaryMovement,
  VariadicKernel,
  VariadicKernelSpec,
  VariadicMovement,
  VariadicMovementSpec,
} from "./op-spec.js";
import { currentRecorder } from "./recorder.js";

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
export function defineOp<A extends Attrs>(
  spec: LoopSpec<A>,
): LoopOp & ((operands: readonly Operand[], attrs: A) => readonly ValueLike[]);
export function defineOp(spec: AnySpec): Op {
  if (registry.has(spec.name)) {
    throw new WeftError({
      code: "W2002",
      message: `an op called ${spec.name} exists already`,
      hint: "give it a name of its own",
    });
  }
  const names = spec.operands ?? (spec.kind === "region" || spec.kind === "loop" ? "variadic" : []);
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
    case "loop":
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
