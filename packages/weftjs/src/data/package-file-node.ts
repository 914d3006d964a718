import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";

/** The bytes of a file inside an npm package that is installed beside Weft or where the program was started. */
export async function readFromPackage(packageName: string, path: string): Promise<Uint8Array> {
  return readFile(join(packageRoot(packageName), path));
}

function packageRoot(packageName: string): string {
  const manifest = `${packageName}/package.json`;
  const here = createRequire(import.meta.url);
  const there = createRequire(pathToFileURL(join(process.cwd(), "package.json")));
  try {
    return dirname(here.resolve(manifest));
  } catch {
    return dirname(there.resolve(manifest));
  }
}
