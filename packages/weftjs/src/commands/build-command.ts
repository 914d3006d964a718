import { relative } from "node:path";
import { type Command, Option } from "commander";
import type { PrecompileFlags } from "./precompile-file.js";

interface BuildFlags extends Partial<PrecompileFlags> {
  readonly out: string;
}

export function addBuildCommand(program: Command): void {
  program
    .command("build")
    .description(
      "compile files to JavaScript modules; or jit functions to a module with kernels and no compiler",
    )
    .argument("<files...>", "TypeScript or JavaScript; what they import by path comes along")
    .requiredOption("--out <folder>", "where the modules go; folders below it are those of the sources")
    .option(
      "--precompile <call>",
      'a function and its arguments, tensors as types, `number` and `integer` for what is passed at run time: "step([{w: f32[784,10]}], f32[100,784], number)"; may be repeated. Writes one module, and its declarations, that a page can import: kernels and what runs them',
      (call: string, calls: readonly string[] = []) => [...calls, call],
    )
    .addOption(
      new Option("--target <kind>", "kernels for GPUs, or for adapters that run shaders on the CPU")
        .choices(["gpu", "software"])
        .default("gpu"),
    )
    .option("--trust", "precompile what is not proven to depend on its arguments alone, as it is now")
    .action(build);
}

async function build(files: readonly string[], flags: BuildFlags): Promise<void> {
  const { out, precompile, target = "gpu", trust = false } = flags;
  if (precompile) {
    const { precompileFile } = await import("./precompile-file.js");
    return precompileFile(files, out, { precompile, target, trust });
  }
  const { buildFiles } = await import("../hosts/build-files.js");
  for (const file of await buildFiles(files, out)) {
    if (!file.endsWith(".map")) console.log(relative(process.cwd(), file));
  }
}
