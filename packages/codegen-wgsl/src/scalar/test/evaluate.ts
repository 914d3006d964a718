import type { DType } from "@weftjs/ir";
import { create, globals } from "webgpu";
import {
  helperSource,
  loadFromMemory,
  memoryType,
  type ScalarOptions,
  splat,
  storeToMemory,
  type WgslExpr,
  WgslScalars,
} from "../index.js";

/** A function of the scalar operands, tried at both widths. */
export interface ScalarCase {
  readonly name: string;
  /** The dtype of the operands. float16 is read from float32 memory. */
  readonly dtype: DType;
  build(s: WgslScalars, operands: readonly WgslExpr[]): WgslExpr;
  readonly options?: ScalarOptions;
}

/** The words that a case computed, one an element; of float16 the 16 bits. */
export interface CaseResult {
  readonly scalar: Uint32Array<ArrayBuffer>;
  readonly vector: Uint32Array<ArrayBuffer>;
}

export interface ScalarDevice {
  readonly adapter: string;
  readonly hasFloat16: boolean;
  /**
   * `operands`: one array of words an operand, of equal length, a multiple of 4: the same for all cases, or
   * (`isOwn`) a part of equal length for each case, one after another.
   */
  evaluate(
    cases: readonly ScalarCase[],
    operands: readonly Uint32Array<ArrayBuffer>[],
    isOwn?: boolean,
  ): Promise<CaseResult[]>;
}

/** Compilers take more than in proportion for longer shaders. */
const BATCH = 3;
const WORKGROUP = 64;

/** The adapter that Vulkan's loader finds, as `VK_DRIVER_FILES` tells it; undefined where there is none. */
export async function openScalarDevice(): Promise<ScalarDevice | undefined> {
  Object.assign(globalThis, globals);
  // Dawn crashes when this object is collected.
  const gpu = ((globalThis as Record<symbol, unknown>)[Symbol.for("weft.scalar.test")] = create([]));
  const adapter = await gpu.requestAdapter().catch(() => null);
  if (!adapter) return undefined;
  const hasFloat16 = adapter.features.has("shader-f16");
  const device = await adapter.requestDevice({ requiredFeatures: hasFloat16 ? ["shader-f16"] : [] });
  return {
    adapter: `${adapter.info.vendor} ${adapter.info.architecture}`,
    hasFloat16,
    async evaluate(cases, operands, isOwn = false) {
      const results: CaseResult[] = [];
      const length = operands[0]!.length / (isOwn ? cases.length : 1);
      for (let first = 0; first < cases.length; first += BATCH) {
        const batch = cases.slice(first, first + BATCH);
        const own = operands.map((words) => words.slice(first * length, (first + batch.length) * length));
        results.push(...(await runBatch(device, batch, isOwn ? own : operands, length)));
      }
      return results;
    },
  };
}

async function runBatch(
  device: GPUDevice,
  cases: readonly ScalarCase[],
  operands: readonly Uint32Array<ArrayBuffer>[],
  length: number,
): Promise<CaseResult[]> {
  const isOwn = operands[0]!.length > length;
  const code = shaderOf(cases, operands.length, length, isOwn);
  const words = await dispatch(device, code, operands, cases.length * length * 2, length);
  return cases.map((_, k) => ({
    vector: words.slice(k * 2 * length, (k * 2 + 1) * length),
    scalar: words.slice((k * 2 + 1) * length, (k * 2 + 2) * length),
  }));
}

function shaderOf(
  cases: readonly ScalarCase[],
  operandCount: number,
  length: number,
  isOwn: boolean,
): string {
  const helpers = new Set<string>();
  const bodies = cases.map((scalarCase, k) => caseBody(scalarCase, k, operandCount, length, isOwn, helpers));
  const inputs = Array.from(
    { length: operandCount },
    (_, i) => `@group(0) @binding(${i}) var<storage, read> input${i}: array<vec4u>;`,
  );
  return `${cases.some(({ dtype }) => dtype === "float16") ? "enable f16;" : ""}
${inputs.join("\n")}
@group(0) @binding(${operandCount}) var<storage, read_write> output: array<vec4u>;
${helperSource(helpers)}
@compute @workgroup_size(${WORKGROUP})
fn main(@builtin(global_invocation_id) id: vec3u) {
  let element = id.x;
  if (element >= ${length}u) { return; }
  let i = element / 4u;
  let lane = element % 4u;
  ${bodies.map(({ scalar }) => scalar).join("\n")}
  if (lane > 0u) { return; }
  ${bodies.map(({ vector }) => vector).join("\n")}
}`;
}

function caseBody(
  scalarCase: ScalarCase,
  position: number,
  operandCount: number,
  length: number,
  isOwn: boolean,
  helpers: Set<string>,
): { vector: string; scalar: string } {
  const at = (row: number): string => `output[${((position * 2 + row) * length) / 4}u + i]`;
  const inputs = Array.from(
    { length: operandCount },
    (_, i) => `input${i}[${isOwn ? (position * length) / 4 : 0}u + i]`,
  );
  const vector = expressionBody(scalarCase, inputs, 4, helpers);
  const lane = expressionBody(
    scalarCase,
    inputs.map((text) => `${text}[lane]`),
    1,
    helpers,
  );
  return {
    vector: `{ ${vector.lets} ${at(0)} = ${vector.words}; }`,
    scalar: `{ ${lane.lets} ${at(1)}[lane] = ${lane.words}; }`,
  };
}

function expressionBody(
  { dtype, build, options }: ScalarCase,
  words: readonly string[],
  width: 1 | 4,
  helpers: Set<string>,
): { lets: string; words: string } {
  const lets: string[] = [];
  const bind = (expr: WgslExpr): WgslExpr => {
    const text = `v${lets.length}`;
    lets.push(`let ${text} = ${expr.text};`);
    return { ...expr, text };
  };
  const scalars = new WgslScalars(dtype, { bind, need: (helper) => helpers.add(helper) }, options);
  const operands = words.map((text) => bind(fromWords(text, dtype, width)));
  const result = splat(build(scalars, operands), width);
  const stored = result.dtype === "float16" ? halfWords(bind(result)) : toWords(result);
  return { lets: lets.join(" "), words: stored };
}

function toWords(expr: WgslExpr): string {
  return `bitcast<${memoryType("uint32", expr.width)}>(${storeToMemory(expr)})`;
}

/** The 16 bits of each lane: as float32 the result would keep digits that float16 does not have. */
function halfWords({ text, width }: WgslExpr): string {
  if (width === 1) return `bitcast<u32>(vec2h(${text}, 0h))`;
  const pairs = `bitcast<vec2u>(${text})`;
  return `vec4u(${pairs}.x & 0xffffu, ${pairs}.x >> 16u, ${pairs}.y & 0xffffu, ${pairs}.y >> 16u)`;
}

function fromWords(text: string, dtype: DType, width: 1 | 4): WgslExpr {
  if (dtype === "bool") return loadFromMemory(text, dtype, width);
  const type = memoryType(dtype === "float16" ? "float32" : dtype, width);
  const value = `bitcast<${type}>(${text})`;
  return { text: dtype === "float16" ? `${memoryType(dtype, width)}(${value})` : value, dtype, width };
}

async function dispatch(
  device: GPUDevice,
  code: string,
  operands: readonly Uint32Array<ArrayBuffer>[],
  outputWords: number,
  threads: number,
): Promise<Uint32Array<ArrayBuffer>> {
  device.pushErrorScope("validation");
  const { STORAGE, COPY_DST, COPY_SRC, MAP_READ } = GPUBufferUsage;
  const inputs = operands.map((data) => {
    const buffer = device.createBuffer({ size: data.byteLength, usage: STORAGE | COPY_DST });
    device.queue.writeBuffer(buffer, 0, data);
    return buffer;
  });
  const size = outputWords * 4;
  const output = device.createBuffer({ size, usage: STORAGE | COPY_SRC });
  const readback = device.createBuffer({ size, usage: MAP_READ | COPY_DST });
  const module = device.createShaderModule({ code });
  const pipeline = device.createComputePipeline({ layout: "auto", compute: { module, entryPoint: "main" } });
  const entries = [...inputs, output].map((buffer, binding) => ({ binding, resource: { buffer } }));
  const encoder = device.createCommandEncoder();
  const pass = encoder.beginComputePass();
  pass.setPipeline(pipeline);
  pass.setBindGroup(0, device.createBindGroup({ layout: pipeline.getBindGroupLayout(0), entries }));
  pass.dispatchWorkgroups(Math.ceil(threads / WORKGROUP));
  pass.end();
  encoder.copyBufferToBuffer(output, 0, readback, 0, size);
  device.queue.submit([encoder.finish()]);
  const error = await device.popErrorScope();
  if (error) throw new Error(`${error.message}\n${code}`);
  await readback.mapAsync(GPUMapMode.READ);
  const words = new Uint32Array(readback.getMappedRange().slice(0));
  for (const buffer of [...inputs, output, readback]) buffer.destroy();
  return words;
}
