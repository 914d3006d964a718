import { rename, rm, writeFile } from "node:fs/promises";
import { WeftError } from "weftjs";
import type { Picture } from "./picture.js";
import { encodePng } from "./png.js";

/** Writes a picture to a PNG file. What stood there before does so until all of this does. @throws W5005 */
export async function savePng(file: string, picture: Picture): Promise<void> {
  const draft = `${file}.${process.pid}.part`;
  try {
    await writeFile(draft, encodePng(picture));
    await rename(draft, file);
  } catch (cause) {
    await rm(draft, { force: true });
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new WeftError({ code: "W5005", message: `cannot write ${file}: ${reason}`, cause });
  }
}
