import { benchCases } from "./bench-cases.js";
import { compare, type CompareOptions, type Comparison } from "./compare.js";

/** Compares the named cases one after the other, telling of each before it starts. */
export async function compareAll(
  names: readonly string[],
  options: CompareOptions,
  onStart: (name: string) => void,
): Promise<Comparison[]> {
  const comparisons: Comparison[] = [];
  for (const benchCase of benchCases.filter(({ name }) => names.includes(name))) {
    onStart(benchCase.name);
    comparisons.push(await compare(benchCase, options));
  }
  return comparisons;
}
