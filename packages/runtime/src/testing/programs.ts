import type { Program, TensorType } from "@weftjs/ir/core";
import { Runtime, type RuntimeOptions } from "../runtime.js";
import type { Call } from "../call.js";
import type { Claim } from "../reclamation.js";
import type { Storage } from "../storage.js";

/** Programs written by hand, and shorthands around them, for the tests of this package. */

export function testRuntime(options: RuntimeOptions = {}): Runtime {
  return new Runtime({ adapter: process.env["WEFT_TEST_ADAPTER"] ?? "swiftshader", quiet: true, ...options });
}

function vector(length: number): TensorType {
  return { dtype: "float32", shape: [length] };
}

/** out = x * `factor` + `offset`, element by element. Other factors are other shaders. */
export function affineProgram(length: number, factor: number, offset: number): Program {
  return pointwise(`affine`, length, 1, `a[i] * ${factor.toFixed(6)} + ${offset.toFixed(6)}`);
}

export function addProgram(length: number): Program {
  return pointwise("add", length, 2, "a[i] + b[i]");
}

/** One output from one or two inputs of equal length. */
export function pointwise(name: string, length: number, inputs: 1 | 2, expression: string): Program {
  const names = ["a", "b"].slice(0, inputs);
  return {
    name,
    inputs: names.map(() => vector(length)),
    scalars: [],
    outputs: [{ type: vector(length), slot: inputs }],
    slots: [
      ...names.map((_, input) => ({ kind: "input", input }) as const),
      { kind: "output", bytes: 4 * length },
    ],
    kernels: [
      {
        name,
        wgsl: `
          ${names.map((n, i) => `@group(0) @binding(${i}) var<storage, read> ${n}: array<f32>;`).join("\n")}
          @group(0) @binding(${inputs}) var<storage, read_write> result: array<f32>;
          ${entry(length)}
            result[i] = ${expression};
          }`,
        bindings: [...names.map(() => "read" as const), "read_write"],
        locations: [{ file: "model.ts", line: 3, column: 5 }],
      },
    ],
    loops: [],
    dispatches: [
      { kernel: 0, slots: [...names.map((_, i) => i), inputs], workgroups: [Math.ceil(length / 64), 1, 1] },
    ],
    peakBytes: 4 * length * (inputs + 1),
  };
}

/** out = x * scalar0 + scalar1; scalar1 is an int32. */
export function scaleProgram(length: number): Program {
  return {
    ...pointwise("scale", length, 1, "0"),
    scalars: ["float32", "int32"],
    kernels: [
      {
        name: "scale",
        wgsl: `
          struct Numbers { factor: f32, offset: i32 }
          @group(0) @binding(0) var<storage, read> a: array<f32>;
          @group(0) @binding(1) var<storage, read_write> result: array<f32>;
          @group(0) @binding(2) var<storage, read> numbers: Numbers;
          ${entry(length)}
            result[i] = a[i] * numbers.factor + f32(numbers.offset);
          }`,
        bindings: ["read", "read_write", "scalars"],
        locations: [],
      },
    ],
    dispatches: [{ kernel: 0, slots: [0, 1, -1], workgroups: [Math.ceil(length / 64), 1, 1] }],
  };
}

/**
 * Two kernels through a temporary, and three outputs: (x + 1) * 2, the same storage again, and x itself.
 */
export function sharingProgram(length: number): Program {
  const add = affineProgram(length, 1, 1).kernels[0]!;
  const double = affineProgram(length, 2, 0).kernels[0]!;
  const workgroups = [Math.ceil(length / 64), 1, 1] as const;
  return {
    name: "sharing",
    inputs: [vector(length)],
    scalars: [],
    outputs: [1, 1, 0].map((slot) => ({ type: vector(length), slot })),
    slots: [
      { kind: "input", input: 0 },
      { kind: "output", bytes: 4 * length },
      { kind: "temporary", bytes: 4 * length },
    ],
    kernels: [add, double],
    loops: [],
    dispatches: [
      { kernel: 0, slots: [0, 2], workgroups },
      { kernel: 1, slots: [2, 1], workgroups },
    ],
    peakBytes: 12 * length,
  };
}

function entry(length: number): string {
  return `
    @compute @workgroup_size(64)
    fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
      let i = id.x + id.y * groups.x * 64u;
      if (i >= ${length}u) { return; }`;
}

/** Queues a call and returns its outputs, each with one reference that is the caller's. */
export function call(
  runtime: Runtime,
  program: Program,
  inputs: readonly Storage[],
  rest: Partial<Pick<Call, "scalars" | "onError">> = {},
): Storage[] {
  const outputs = program.outputs.map(({ type }) => runtime.allocate(4 * (type.shape[0] ?? 1)));
  runtime.enqueue({ name: program.name, program: () => program, inputs, scalars: [], outputs, ...rest });
  return outputs;
}

export async function readFloats(runtime: Runtime, storage: Storage): Promise<number[]> {
  return [...new Float32Array(await runtime.read(storage))];
}

/** What a tensor is to the runtime: an object that owns a reference. */
export class Handle {
  readonly storage: Storage;
  readonly claim: Claim;
  constructor(runtime: Runtime, storage: Storage) {
    this.storage = storage;
    this.claim = runtime.track(this, storage);
  }
}
