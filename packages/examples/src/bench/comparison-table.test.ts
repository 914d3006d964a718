import { stripVTControlCharacters } from "node:util";
import { expect, test } from "vitest";
import { comparisonTable } from "./comparison-table.js";

const side = (median: number, dispatches: number): object => ({ median, min: median, dispatches });

test("the table shows both times, the ratio, the dispatches, and bars to one scale", () => {
  const row = { name: "mlp", what: "", fused: side(1.5, 7), eager: side(12, 40), speedup: 8, difference: 0 };
  const text = stripVTControlCharacters(comparisonTable([row as never])); // all that the table reads is there
  expect(text.split("\n")).toEqual([
    "       fused    eager  ratio  dispatches",
    `mlp  1.50 ms  12.0 ms   8.0×      7 / 40  ${"█".repeat(3)} fused`,
    `                                          ${"█".repeat(24)} eager`,
  ]);
});
