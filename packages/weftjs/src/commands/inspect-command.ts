import type { Command } from "commander";

/** Parts of a report in the order of a computation's life. */
const SECTIONS = ["trace", "optimized", "kernels", "wgsl", "memory"] as const;

type Section = (typeof SECTIONS)[number];

interface InspectFlags extends Partial<Record<Section, true>> {
  readonly fn: string;
  readonly args: string;
  readonly grad?: true;
  readonly html?: string;
}

export function addInspectCommand(program: Command): void {
  program
    .command("inspect")
    .description("show what a function becomes: IR with source lines, kernels, WGSL, memory plan")
    .argument("<module>", "a TypeScript or JavaScript file, or the name of an installed package's entry")
    .option("--fn <name>", "the exported function; a.b for one inside an exported object", "default")
    .option(
      "--args <list>",
      'the arguments as in a call, tensors as types: "f32[10,784], {w: f32[784,10]}, 0.1"',
      "",
    )
    .option("--grad", "its gradient with respect to the first argument instead, compiled as one")
    .option("--trace", "only what was recorded")
    .option("--optimized", "only what the passes made of it")
    .option("--kernels", "only the kernels")
    .option("--wgsl", "only the shaders")
    .option("--memory", "only the memory plan")
    .option("--html <file>", "write the whole report as a page, too")
    .action(inspectFunction);
}

async function inspectFunction(specifier: string, flags: InspectFlags): Promise<void> {
  const [{ findFunction, loadModule, weftOf }, { parseArgumentSpecs }, { makeArgument }] = await Promise.all([
    import("./load-module.js"),
    import("./argument-spec.js"),
    import("./make-argument.js"),
  ]);
  const specs = parseArgumentSpecs(flags.args);
  // Locations are then the lines of the TypeScript that the user wrote, where the module has a source map.
  process.setSourceMapsEnabled(true);
  const module = await loadModule(specifier);
  const found = findFunction(module, flags.fn, specifier);
  const weft = await weftOf(specifier);
  const f = flags.grad ? weft.jit(weft.grad(found)) : found;
  const report = await weft.inspect(f, ...specs.map((spec) => makeArgument(spec, weft)));

  const asked = SECTIONS.filter((section) => flags[section]);
  console.log(asked.length > 0 ? asked.map((section) => report[section]).join("\n\n") : String(report));
  if (flags.html !== undefined) {
    await report.html(flags.html);
    console.error(`wrote ${flags.html}`);
  }
}
