import { DEFAULT_TARGET, type Target } from "@weftjs/ir";
import type { ArgumentForm, Signature } from "@weftjs/runtime";
import { init } from "../device/current.js";
import type { Tensor } from "../tensor.js";
import { Guards } from "../trace/guards.js";
import { Leaf } from "../trace/leaf.js";
import { TraceTree } from "../trace/trace-tree.js";
import { inputNames } from "../transforms/argument-names.js";
import { type AnyFunction, jit } from "../transforms/jit.js";
import { tracedOf } from "../transforms/known-trees.js";
import { capturedTensors } from "./captured-tensors.js";
import { checkClosed, frozenValues } from "./check-closed.js";
import { ProbeArguments } from "./probe-arguments.js";
import { resultForm, scalarSources } from "./result-form.js";
import { traceProbes } from "./trace-probes.js";

export interface PrecompileOptions {
  /** What the function is called in messages; by default its own name. */
  readonly name?: string;
  /** Which kernels: those for GPUs, or those for adapters that run shaders on the CPU. */
  readonly target?: Target["kind"];
  /** Takes as it is now what is not proven to stay so. */
  readonly trust?: boolean;
}

/** A function compiled for one set of arguments. */
export interface Precompiled {
  /** The constants in it are numbered as in `captured`. */
  readonly signature: Omit<Signature, "text">;
  readonly captured: readonly CapturedTensor[];
  /** Other captured variables whose values were compiled in, as text. */
  readonly frozen: readonly string[];
  /** What was taken on trust. */
  readonly doubts: readonly string[];
}

/** A tensor that a function takes from elsewhere than its arguments. */
export interface CapturedTensor {
  readonly tensor: Tensor;
  /** As a device stores it. */
  readonly content: Uint8Array;
}

/**
 * Compiles a function for arguments of these forms, with what it captures as it is now; nothing of it is computed. Its
 * JavaScript runs several times, with several values of each number: all calls have to do the same.
 *
 * @throws W1070 for a function that is not proven to depend on its arguments alone; W1071 for one that captures what
 * changes; W1072 where its numbers decide what it does; W1073 for a number that JavaScript makes from its numbers;
 * W1074 for a result that is no tree of tensors and plain values; W1075 for one that waits.
 */
export async function precompile(
  f: AnyFunction,
  forms: readonly ArgumentForm[],
  options: PrecompileOptions = {},
): Promise<Precompiled> {
  await init();
  const traced = tracedOf(f) ?? tracedOf(jit(f))!;
  const { fuse, parameters, fastMath } = traced.tree;
  const { target = "gpu", trust = false, name = traced.tree.name } = options;
  const guards = new Guards(traced.of);
  const doubts = checkClosed(name, guards, trust);
  const args = new ProbeArguments(forms);
  // A tree of its own: what other calls have made of its numbers says nothing here.
  const tree = new TraceTree(name, fuse, parameters, undefined, null, fastMath);
  const traces = traceProbes(tree, traced.body, args, parameters);
  const [first] = traces;
  const { cursor, outputs } = first;
  const names = (): readonly string[] => inputNames(first.inputTensors, first.args, parameters);
  const program =
    outputs.length > 0
      ? Leaf.at(tree, cursor, outputs, names).computation().program(targetFor(target))
      : null;
  return {
    signature: {
      parameterNames: forms.map((_, k) => parameters[k] || `argument ${k + 1}`),
      parameters: forms,
      program,
      inputs: program ? first.inputs : [],
      scalars: program ? scalarSources(name, traces) : [],
      result: resultForm(name, traces),
      donated: args.tensorsIn(traced.donate ?? []),
    },
    captured: await capturedTensors(name, traces),
    frozen: frozenValues(guards),
    doubts,
  };
}

/** The least that WebGPU promises, so that the program runs wherever there is one; and float16, which it asks for. */
function targetFor(kind: Target["kind"]): Target {
  return { ...DEFAULT_TARGET, kind, hasFloat16: true };
}
