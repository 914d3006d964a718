import type { Command } from "commander";

export function addCheckCommand(program: Command): void {
  program
    .command("check")
    .description("find what operators on tensors would get wrong: types, shapes, comparisons, missing awaits")
    .argument("[paths...]", "files, a tsconfig.json, or a folder that has one; this folder where absent")
    .option("--json", "print one JSON array and nothing else")
    .action(check);
}

async function check(paths: readonly string[], { json }: { readonly json?: true }): Promise<void> {
  const [{ projectOf }, { checkFiles }, { renderFinding }] = await Promise.all([
    import("./project.js"),
    import("../check/check-files.js"),
    import("../check/render.js"),
  ]);
  const { files, options } = projectOf(paths);
  const found = await checkFiles(files, options);
  if (json) console.log(JSON.stringify(found, null, 2));
  else for (const finding of found) console.log(`${renderFinding(finding)}\n`);
  const count =
    found.length === 0 ? "nothing" : `${found.length} ${found.length === 1 ? "mistake" : "mistakes"}`;
  console.error(`found ${count} in ${files.length} ${files.length === 1 ? "file" : "files"}`);
  if (found.length > 0) process.exitCode = 1;
}
