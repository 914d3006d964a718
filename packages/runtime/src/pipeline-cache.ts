import type { Kernel } from "@weftjs/ir/core";
import { reasonOf, shaderFailed } from "./device-errors.js";
import { ShaderStage } from "./gpu-flags.js";
import type { Counters } from "./stats.js";

/** What kernels with the same kinds of bindings share. */
export interface BindingLayout {
  readonly id: number;
  readonly bindGroup: GPUBindGroupLayout;
  readonly pipeline: GPUPipelineLayout;
}

type Compilation = { readonly pipeline: GPUComputePipeline } | { readonly failure: string };

/** Compiled kernels by WGSL text, across programs. The compiler runs in the background. */
export class PipelineCache {
  readonly #device: GPUDevice;
  readonly #counters: Counters;
  readonly #layouts = new Map<string, BindingLayout>();
  readonly #compilations = new Map<string, Promise<Compilation>>();

  constructor(device: GPUDevice, counters: Counters) {
    this.#device = device;
    this.#counters = counters;
  }

  /** Rejects with W4030 where the shader does not compile; equal text is compiled once, failed or not. */
  async pipelineFor(kernel: Kernel): Promise<GPUComputePipeline> {
    const key = `${kernel.bindings.join()}\n${kernel.wgsl}`;
    let compilation = this.#compilations.get(key);
    if (!compilation) {
      compilation = this.#compile(kernel);
      this.#compilations.set(key, compilation);
    }
    const result = await compilation;
    if ("failure" in result) throw shaderFailed(kernel, result.failure);
    return result.pipeline;
  }

  layoutFor(kernel: Kernel): BindingLayout {
    const key = kernel.bindings.join();
    let layout = this.#layouts.get(key);
    if (!layout) {
      layout = this.#createLayout(kernel);
      this.#layouts.set(key, layout);
    }
    return layout;
  }

  async #compile(kernel: Kernel): Promise<Compilation> {
    const device = this.#device;
    this.#counters.pipelinesCreated++;
    device.pushErrorScope("validation");
    const layout = this.layoutFor(kernel);
    const module = device.createShaderModule({ code: kernel.wgsl, label: kernel.name });
    const moduleError = device.popErrorScope();
    const creation = device.createComputePipelineAsync({
      label: kernel.name,
      layout: layout.pipeline,
      compute: { module, entryPoint: "main" },
    });
    try {
      const pipeline = await creation;
      const error = await moduleError;
      return error ? { failure: error.message } : { pipeline };
    } catch (thrown) {
      const error = await moduleError.catch(() => null);
      return { failure: error?.message ?? reasonOf(thrown) };
    }
  }

  #createLayout(kernel: Kernel): BindingLayout {
    const bindGroup = this.#device.createBindGroupLayout({
      entries: kernel.bindings.map((kind, binding) => ({
        binding,
        visibility: ShaderStage.compute,
        buffer:
          kind === "read_write"
            ? { type: "storage" }
            : // Scalars lie in one arena: where, is said at every dispatch, so that bind groups never change.
              { type: "read-only-storage", hasDynamicOffset: kind === "scalars" },
      })),
    });
    const pipeline = this.#device.createPipelineLayout({ bindGroupLayouts: [bindGroup] });
    return { id: this.#layouts.size, bindGroup, pipeline };
  }
}
