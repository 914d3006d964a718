import { relative } from "node:path";
import type { Command } from "commander";

export function addBuildCommand(program: Command): void {
  program
    .command("build")
    .description("compile files with operators on tensors to JavaScript modules, with source maps")
    .argument("<files...>", "TypeScript or JavaScript; what they import by path comes along")
    .requiredOption("--out <folder>", "where the modules go; folders below it are those of the sources")
    .action(build);
}

async function build(files: readonly string[], { out }: { readonly out: string }): Promise<void> {
  const { buildFiles } = await import("../hosts/build-files.js");
  for (const file of await buildFiles(files, out)) {
    if (!file.endsWith(".map")) console.log(relative(process.cwd(), file));
  }
}
