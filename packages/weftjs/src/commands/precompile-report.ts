import type { CompiledCall, PrecompiledFile } from "../precompile.js";

/** What a precompiled module has in it, line by line. */
export function precompileReport({ calls, needs, sizes }: PrecompiledFile, file: string): string {
  const { shaders, kernels, constants, module, moduleZipped, withoutShadersZipped } = sizes;
  const features = needs.features.length > 0 ? `, ${needs.features.join(", ")}` : "";
  const { maxStorageBuffersPerShaderStage: buffers, maxStorageBufferBindingSize: bytes } = needs.limits;
  return [
    ...calls.flatMap(linesOf),
    `${file}`,
    `  ${kilobytes(module)}, gzipped ${kilobytes(moduleZipped)}, of which ${kilobytes(withoutShadersZipped)} without WGSL`,
    `  ${kernels} kernels with ${kilobytes(shaders)} of WGSL, ${kilobytes(constants)} of embedded tensors`,
    `  needs ${buffers} storage buffers in a shader, bindings of ${kilobytes(bytes!)}${features}`,
  ].join("\n");
}

function linesOf({ signature, captured, frozen, doubts }: CompiledCall): string[] {
  const { program, text } = signature;
  const wgsl = new Set(program?.kernels.map((kernel) => kernel.wgsl));
  const bytes = [...wgsl].reduce((sum, shader) => sum + shader.length, 0);
  const loops = program && program.loops.length > 0 ? `, ${count(program.loops.length, "loop")}` : "";
  const numbers = count(program?.dispatches.length ?? 0, "dispatch", "dispatches");
  const lines = [
    text,
    `  ${numbers}${loops}, ${count(wgsl.size, "kernel")}, ${kilobytes(bytes)} of WGSL, ${kilobytes(program?.peakBytes ?? 0)} of device memory`,
  ];
  if (captured.length > 0) lines.push(`  embeds tensors that it captures: ${captured.join(", ")}`);
  if (frozen.length > 0) lines.push(`  embeds values that it captures: ${frozen.join(", ")}`);
  for (const doubt of doubts) lines.push(`  warning[W1070]: taken on trust: ${doubt}`);
  return lines;
}

function count(number: number, one: string, many = `${one}s`): string {
  return `${number} ${number === 1 ? one : many}`;
}

function kilobytes(bytes: number): string {
  return `${(bytes / 1000).toFixed(1)} kB`;
}
