import { open, readFile, rename, rm } from "node:fs/promises";
import { WeftError } from "@weftjs/ir";

/** Writes all of a file or leaves the one that was there: beside it, to the disk, then in its place. @throws W5005 */
export async function writeDurably(file: string, bytes: Uint8Array): Promise<void> {
  const draft = `${file}.${process.pid}.part`;
  try {
    const handle = await open(draft, "w");
    try {
      await handle.writeFile(bytes);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(draft, file);
  } catch (cause) {
    await rm(draft, { force: true });
    throw new WeftError({ code: "W5005", message: `cannot write ${file}: ${reasonOf(cause)}`, cause });
  }
}

/** @throws W5024 for a file that cannot be read. */
export async function readBytes(file: string): Promise<Uint8Array> {
  try {
    return await readFile(file);
  } catch (cause) {
    throw new WeftError({ code: "W5024", message: `cannot read ${file}: ${reasonOf(cause)}`, cause });
  }
}

function reasonOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
