import {
  type Bundle,
  type DType,
  evaluate,
  formatType,
  type HostTensor,
  loopOf,
  type Program,
  type Schedule,
  tensorOf,
  type Value,
  WeftError,
} from "@weftjs/ir";

/** What one call read and wrote. */
export interface CheckedCall {
  readonly schedule: Schedule;
  /** Made of the same kernels, one dispatch a bundle. */
  readonly program: Program;
  readonly inputs: readonly HostTensor[];
  /** What each kernel stored, each in memory of its own. */
  readonly stored: ReadonlyMap<Value, HostTensor>;
  /** What the call itself gave, in memory as planned. */
  readonly results: readonly HostTensor[];
}

/**
 * The first kernel, in order of execution, that stores something else than the interpreter makes of what the kernel
 * reads: what kernels before it got wrong is not held against it. Undefined where all agree.
 */
export function findFault(call: CheckedCall): WeftError | undefined {
  const differing = differences(call);
  let step = 0;
  for (const bundle of call.schedule.bundles) {
    const value = storesOf(bundle, call.schedule).find((store) => differing.has(store));
    if (value) return kernelDiffers(call.program, step, `stored ${differing.get(value)!}`);
    step += dispatchCount(bundle);
  }
  return planFault(call);
}

/** Each node from its operands; where a kernel stored the outcome, what comes after goes on from that. */
function differences({ schedule, inputs, stored }: CheckedCall): Map<Value, string> {
  const { graph } = schedule;
  const values = new Map(graph.params.map((param, k) => [param, inputs[k]!]));
  const found = new Map<Value, string>();
  for (const node of graph.nodes) {
    const operands = node.inputs.map((input) => values.get(input)!);
    for (const [k, wanted] of evaluate(node, operands, "storage").entries()) {
      const output = node.outputs[k]!;
      const got = stored.get(output);
      const difference = got && differenceOf(got, wanted);
      if (difference) found.set(output, difference);
      values.set(output, got ?? wanted);
    }
  }
  return found;
}

/** Kernels agree, so what the call gave must be what they stored, bit by bit, wherever it lay in memory. */
function planFault({ schedule, program, inputs, stored, results }: CheckedCall): WeftError | undefined {
  const { graph, aliases } = schedule;
  for (const [k, result] of graph.results.entries()) {
    const home = aliases.get(result) ?? result;
    const wanted = stored.get(home) ?? inputs[graph.params.indexOf(home)];
    const i = wanted?.data.findIndex((value, at) => !Object.is(value, results[k]!.data[at])) ?? -1;
    if (i < 0) continue;
    return new WeftError({
      code: "W4060",
      class: "bug",
      message: `result ${k} of ${program.name || "a call"} differs, though each of its kernels is right`,
      notes: [`element ${i} of ${formatType(result.type)} is ${results[k]!.data[i]}, not ${wanted!.data[i]}`],
      hint: "two values share memory at one time; please report it with the output of WEFT_DEBUG=memory",
    });
  }
  return undefined;
}

function kernelDiffers(program: Program, step: number, difference: string): WeftError {
  const { name, locations } = program.kernels[program.dispatches[step]!.kernel]!;
  return new WeftError({
    code: "W4060",
    class: "bug",
    message: `kernel ${name} differs from the interpreter`,
    notes: [`dispatch ${step} of ${program.name || "a call"} ${difference}`],
    hint: "please report it with the output of WEFT_DEBUG=passes,fuse,wgsl",
    location: locations[0],
  });
}

/** A loop counts with those of its iteration: it is judged as a whole. */
function dispatchCount(bundle: Bundle): number {
  const { bundles = [bundle] } = loopOf(bundle)?.body ?? {};
  return bundles.reduce((count, inner) => count + (inner === bundle ? 1 : dispatchCount(inner)), 0);
}

function storesOf({ kernels }: Bundle, { homes }: Schedule): readonly Value[] {
  return kernels.flatMap(({ stores }) => stores.map((value) => tensorOf(value, homes)));
}

/**
 * Rounding that a kernel may do otherwise than one op at a time, by the largest element: what a sum loses depends on
 * its largest terms.
 */
const ROUNDING: Partial<Record<DType, number>> = { float16: 2e-2, float32: 1e-3 };
const UNSEEN = 1e-5; // Terms that cancel leave the rounding of their size, which shows nowhere.

function differenceOf(got: HostTensor, wanted: HostTensor): string | undefined {
  const rounding = ROUNDING[wanted.type.dtype];
  const tolerance = rounding === undefined ? 0 : rounding * largest(wanted.data) + UNSEEN;
  const i = wanted.data.findIndex((value, at) => !isClose(got.data[at]!, value, tolerance));
  if (i < 0) return undefined;
  return `${got.data[i]} as element ${i} of ${formatType(wanted.type)}, the interpreter says ${wanted.data[i]}`;
}

function isClose(a: number, b: number, tolerance: number): boolean {
  return a === b || Math.abs(a - b) <= tolerance || (Number.isNaN(a) && Number.isNaN(b));
}

function largest(data: Float64Array): number {
  let magnitude = 0;
  for (const value of data) if (Number.isFinite(value)) magnitude = Math.max(magnitude, Math.abs(value));
  return magnitude;
}
