import type { Program } from "@weftjs/ir/core";
import type { Runtime } from "./runtime.js";

/** The most that one device has been seen to do: the roof of a roofline (Williams et al., CACM 52, 2009). */
export interface Ceilings {
  /** Read and written, of memory beyond the caches. */
  readonly bytesPerSecond: number;
  /** Of float32, a fused multiply-add counted as two. */
  readonly operationsPerSecond: number;
}

const RUNS = 3;
const THREADS = 64;

/**
 * Measures how fast the device copies memory and how fast it multiplies and adds, in about a tenth of a second.
 * Undefined where it has no timestamps.
 */
export async function measureCeilings(runtime: Runtime): Promise<Ceilings | undefined> {
  const { software } = await runtime.ready();
  // Beyond the caches of either, as far as the adapter's limits allow.
  const elements = Math.min(software ? 2 ** 22 : 2 ** 26, runtime.target!.maxBindingBytes / 4);
  const vectors = Math.floor(elements / 4 / THREADS) * THREADS;
  const copy = copyProgram(vectors);
  const rounds = software ? 256 : 4096;
  const threads = software ? 2 ** 14 : 2 ** 20;
  const arithmetic = arithmeticProgram(threads, rounds);
  const copySeconds = await fastestRun(runtime, copy);
  const arithmeticSeconds = await fastestRun(runtime, arithmetic);
  if (!copySeconds || !arithmeticSeconds) return undefined;
  return {
    bytesPerSecond: (2 * 16 * vectors) / copySeconds,
    operationsPerSecond: (threads * rounds * CHAINS * 4 * 2) / arithmeticSeconds,
  };
}

/** Seconds of the fastest of a few runs of a program of one dispatch. */
async function fastestRun(runtime: Runtime, program: Program): Promise<number | undefined> {
  const bytes = program.inputs.map(({ shape }) => shape[0]! * 4);
  const inputs = bytes.map((size) => runtime.upload(new Uint8Array(size)));
  await runtime.sync();
  runtime.startProfile();
  for (let run = 0; run < RUNS; run++) {
    const outputs = program.outputs.map(({ type }) => runtime.allocate(type.shape[0]! * 4));
    runtime.enqueue({ name: program.name, program: () => program, inputs, scalars: [], outputs });
    for (const output of outputs) output.release();
    await runtime.sync();
  }
  const times = await runtime.stopProfile();
  for (const input of inputs) input.release();
  const spans = times.flatMap(({ begin, end }) =>
    begin === undefined || end === undefined ? [] : [end - begin],
  );
  const fastest = Math.min(...spans);
  return fastest > 0 && Number.isFinite(fastest) ? fastest / 1e9 : undefined;
}

function copyProgram(vectors: number): Program {
  const wgsl = `
    @group(0) @binding(0) var<storage, read> source: array<vec4f>;
    @group(0) @binding(1) var<storage, read_write> result: array<vec4f>;
    ${entry(vectors)}
      result[i] = source[i];
    }`;
  return program("copy", vectors, vectors, wgsl);
}

/** Independent chains of multiply-adds in each thread: enough to hide the latency of one. */
const CHAINS = 4;

function arithmeticProgram(threads: number, rounds: number): Program {
  const chains = Array.from({ length: CHAINS }, (_, k) => `v${k}`);
  const wgsl = `
    @group(0) @binding(0) var<storage, read> source: array<vec4f>;
    @group(0) @binding(1) var<storage, read_write> result: array<vec4f>;
    ${entry(threads)}
      let x = source[0];
      ${chains.map((name, k) => `var ${name} = x + vec4f(${k}.0);`).join("\n")}
      for (var round = 0u; round < ${rounds}u; round++) {
        ${chains.map((name) => `${name} = fma(${name}, vec4f(0.999), x);`).join("\n")}
      }
      result[i] = ${chains.join(" + ")};
    }`;
  return program("arithmetic", 1, threads, wgsl);
}

function entry(count: number): string {
  return `
    @compute @workgroup_size(${THREADS})
    fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
      let i = id.x + id.y * groups.x * ${THREADS}u;
      if (i >= ${count}u) { return; }`;
}

function program(name: string, inputVectors: number, outputVectors: number, wgsl: string): Program {
  const [input, output] = [inputVectors, outputVectors].map(
    (vectors) => ({ dtype: "float32", shape: [4 * vectors] }) as const,
  );
  const groups = Math.ceil(outputVectors / THREADS);
  const width = Math.min(groups, 32768);
  return {
    name,
    inputs: [input!],
    scalars: [],
    outputs: [{ type: output!, slot: 1 }],
    slots: [
      { kind: "input", input: 0 },
      { kind: "output", bytes: 16 * outputVectors },
    ],
    kernels: [{ name, wgsl, bindings: ["read", "read_write"], locations: [] }],
    loops: [],
    dispatches: [{ kernel: 0, slots: [0, 1], workgroups: [width, Math.ceil(groups / width), 1] }],
    peakBytes: 16 * (inputVectors + outputVectors),
  };
}
