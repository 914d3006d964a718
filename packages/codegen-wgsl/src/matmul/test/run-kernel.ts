import { create, globals } from "webgpu";
import { directivesOf } from "../../directives.js";

/** Dawn, without the runtime: what a kernel's text needs to be tried, and no more. */
export interface KernelRunner {
  readonly device: GPUDevice;
  /** 0 where it is not known. */
  readonly subgroupSize: number;
  /** The kernel's result: `output` as it is after one dispatch. The buffers are bound in order, `output` last. */
  run(
    kernel: RunnableKernel,
    inputs: readonly Float32Array<ArrayBuffer>[],
    output: Float32Array<ArrayBuffer>,
  ): Promise<Float32Array>;
}

interface RunnableKernel {
  readonly wgsl: string;
  readonly workgroups: readonly [number, number, number];
}

/** The adapter that Vulkan's loader finds, as `VK_DRIVER_FILES` tells it; undefined where there is none. */
export async function openKernelRunner(): Promise<KernelRunner | undefined> {
  Object.assign(globalThis, globals);
  // Dawn crashes when this object is collected.
  const gpu = ((globalThis as Record<symbol, unknown>)[Symbol.for("weft.matmul.test")] = create([]));
  const adapter = await gpu.requestAdapter().catch(() => null);
  if (!adapter) return undefined;
  const features = (["shader-f16", "subgroups"] as const).filter((name) => adapter.features.has(name));
  const device = await adapter.requestDevice({ requiredFeatures: features });
  const { subgroupMinSize, subgroupMaxSize } = adapter.info;
  const subgroupSize = subgroupMinSize === subgroupMaxSize ? (subgroupMinSize ?? 0) : 0;
  return { device, subgroupSize, run: (kernel, inputs, output) => run(device, kernel, inputs, output) };
}

async function run(
  device: GPUDevice,
  { wgsl, workgroups }: RunnableKernel,
  inputs: readonly Float32Array<ArrayBuffer>[],
  output: Float32Array<ArrayBuffer>,
): Promise<Float32Array> {
  device.pushErrorScope("validation");
  const buffers = [...inputs, output].map((data) => upload(device, data));
  const layout = device.createBindGroupLayout({
    entries: buffers.map((_, binding) => ({
      binding,
      visibility: GPUShaderStage.COMPUTE,
      buffer: { type: binding < inputs.length ? "read-only-storage" : "storage" },
    })),
  });
  const pipeline = device.createComputePipeline({
    layout: device.createPipelineLayout({ bindGroupLayouts: [layout] }),
    compute: {
      module: device.createShaderModule({ code: [...directivesOf(wgsl), wgsl].join("\n") }),
      entryPoint: "main",
    },
  });
  const entries = buffers.map((buffer, binding) => ({ binding, resource: { buffer } }));
  const result = device.createBuffer({
    size: output.byteLength,
    usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST,
  });
  const encoder = device.createCommandEncoder();
  const pass = encoder.beginComputePass();
  pass.setPipeline(pipeline);
  pass.setBindGroup(0, device.createBindGroup({ layout, entries }));
  pass.dispatchWorkgroups(...workgroups);
  pass.end();
  encoder.copyBufferToBuffer(buffers.at(-1)!, 0, result, 0, output.byteLength);
  device.queue.submit([encoder.finish()]);
  const error = await device.popErrorScope();
  if (error) throw new Error(`${error.message}\n${wgsl}`);
  await result.mapAsync(GPUMapMode.READ);
  const values = new Float32Array(result.getMappedRange().slice(0));
  for (const buffer of [...buffers, result]) buffer.destroy();
  return values;
}

function upload(device: GPUDevice, data: Float32Array<ArrayBuffer>): GPUBuffer {
  const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_DST | GPUBufferUsage.COPY_SRC;
  const buffer = device.createBuffer({ size: data.byteLength, usage });
  device.queue.writeBuffer(buffer, 0, data);
  return buffer;
}
