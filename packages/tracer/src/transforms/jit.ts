import { formatType } from "@weftjs/ir";
import type { Origin, Tensor } from "../tensor.js";
import { closednessOf } from "../trace/closedness.js";
import { type Learn, ProvenCalls } from "../trace/proven-calls.js";
import { isOutermost, runTraced } from "../trace/run-session.js";
import { TraceTree } from "../trace/trace-tree.js";
import { userError } from "../trace/user-error.js";
import { visitTensors } from "../tree/visit.js";
import { inputNames, parameterNames } from "./argument-names.js";
import { givesPromise, registerTraced } from "./known-trees.js";
import { staticTrees } from "./static-trees.js";

/** Any function: what it takes and gives is its own business. */
export type AnyFunction = (...args: never[]) => unknown;

/** What `jit` may do with the arguments, and what it is called. */
export interface JitOptions {
  /** Positions of arguments whose tensors the call consumes: their memory is free for its results. */
  readonly donate?: number | readonly number[];
  /** For dumps and messages; by default the function's own name. */
  readonly name?: string;
  /**
   * Positions of arguments whose numbers stay constants: each set of their values is compiled by itself, where a number
   * that changes would otherwise be passed at run time. For sizes, exponents and flags with few values.
   */
  readonly static?: number | readonly number[];
  /**
   * Takes WGSL's own `exp`, `sin`, `max` and their kin where it has them: quicker on some devices, with the driver's
   * errors (sin may err by 2⁻¹¹) and without promises about NaN, infinities and the sign of 0. Ours hold to 4 ulp
   * (`docs/accuracy.md`). What counts is the outermost call: a function within another's trace is part of it.
   */
  readonly fastMath?: boolean;
}

/**
 * The same function, compiled: for every call `jit(f)(...args)` gives what `f(...args)` gives. `f`'s JavaScript
 * runs at each call, so loops, branches, captured variables and side effects mean what they say; what it
 * computes on tensors runs as few fused kernels. Arguments and results are trees of tensors and JavaScript values.
 *
 * `f` may be async. Then `await x.item()`, `data()` or `toArray()` inside has what is recorded so far computed, and
 * reads it; calls may be interleaved with each other and with anything else. What follows an `await` of something else
 * that takes its time (a timer, a fetch) is computed op by op up to the next read of a traced tensor.
 *
 * @throws W1034 for a tensor in a static argument.
 */
export function jit<F extends AnyFunction>(f: F, options: JitOptions = {}): F {
  const name = options.name ?? (f.name || "anonymous");
  const tree = new TraceTree(name, true, parameterNames(f), undefined, null, options.fastMath ?? false);
  const constant = positions(options.static);
  const treeFor = constant.length > 0 ? staticTrees(tree, constant) : undefined;
  return traced(f, tree, positions(options.donate), treeFor);
}

/** The same computation with one kernel an op and nothing fused: the baseline of every benchmark. */
export function eager<F extends AnyFunction>(f: F, options: Pick<JitOptions, "name"> = {}): F {
  const name = options.name ?? (f.name || "anonymous");
  return traced(f, new TraceTree(name, false, parameterNames(f)), []);
}

/** `f`, with its outermost calls traced in `tree`. */
function traced<F extends AnyFunction>(
  f: F,
  tree: TraceTree,
  donate: readonly number[],
  treeFor?: (args: readonly unknown[]) => TraceTree,
): F {
  if (givesPromise(f)) tree.history.isAsync = true;
  const proven = new ProvenCalls(f, tree);
  const finish = (args: Parameters<F>, result: unknown): void => {
    if (donate.length > 0) consume(pick(args, donate), result, tree.name);
  };
  const run = (self: unknown, args: Parameters<F>, learn: Learn | null): unknown =>
    runTraced(treeFor ? () => treeFor(args) : tree, args, () => f.apply(self, args), {
      nameInputs: (inputs) => inputNames(inputs, args, tree.parameters),
      afterwards(result, session) {
        learn?.(session, result);
        finish(args, result);
      },
    });
  const call = function (this: unknown, ...args: Parameters<F>): unknown {
    if (!proven.isLearning || !closednessOf(f) || !isOutermost()) return run(this, args, null);
    const known = proven.skip(args);
    if (!known) return run(this, args, proven.watch(args));
    finish(args, known.result);
    return known.result;
  };
  Object.defineProperty(call, "name", { value: tree.name });
  Object.defineProperty(call, "length", { value: f.length });
  registerTraced(call, { tree, of: f, body: f, donate, ...(treeFor ? { treeFor } : {}) });
  return call as unknown as F; // The wrapper takes and gives exactly what `f` does.
}

function pick(args: readonly unknown[], at: readonly number[]): readonly unknown[] {
  return at.map((k) => args[k]);
}

function positions(donate: number | readonly number[] | undefined): readonly number[] {
  if (donate === undefined) return [];
  return typeof donate === "number" ? [donate] : donate;
}

function tensorsOf(tree: unknown): ReadonlySet<Tensor> {
  const tensors = new Set<Tensor>();
  visitTensors(tree, (tensor) => tensors.add(tensor));
  return tensors;
}

/** The donated tensors are gone, but for those that the function gave back as they were. */
function consume(donated: readonly unknown[], result: unknown, name: string): void {
  const returned = tensorsOf(result);
  const reason: Origin = {
    materialise(tensor) {
      throw userError({
        code: "W4051",
        message: `a tensor that was donated to ${name} was used again (${formatType(tensor.type)})`,
        hint: "use what the call returned, or leave the argument out of donate",
      });
    },
  };
  for (const tensor of tensorsOf(donated)) if (!returned.has(tensor)) tensor.expire(reason);
}
