import { expect, test } from "vitest";
import { interpret } from "../interpreter/index.js";
import { DEFAULT_TARGET, type Target } from "../target.js";
import "../index.js";
import { randomInputs } from "../testing/random-inputs.js";
import { parseGraph } from "../text/parse.js";
import { printGraph } from "../text/print.js";
import { splitReductions } from "./split-reductions.js";

const targets: Record<string, Target> = {
  gpu: DEFAULT_TARGET,
  software: { ...DEFAULT_TARGET, kind: "software" },
};

/** The products of a contraction after splitting, having shown that it computes the same. */
function productsOf(target: Target, [m, k, n]: readonly [number, number, number]): string[] {
  const before = parseGraph(`graph(%a: f32[${m},${k}], %b: f32[${k},${n}]) {
    %0: f32[${m},${n}] = matmul %a, %b
    return %0
  }`);
  const after = splitReductions(before, target);
  const inputs = randomInputs(before, 1);
  const [wanted, got] = [interpret(before, inputs)[0]!, interpret(after, inputs)[0]!];
  got.data.forEach((value, i) => expect(value).toBeCloseTo(wanted.data[i]!, 8));
  const lines = printGraph(after).match(/%\d+: (\S+) = matmul/g) ?? [];
  return lines.map((line) => /f32\[.*\]/.exec(line)![0]);
}

test("deep contractions with few results are computed in slices, side by side", () => {
  expect(productsOf(targets.gpu!, [4, 6400, 3])).toEqual(["f32[20,4,3]"]);
  expect(productsOf(targets.software!, [4, 6400, 16])).toEqual(["f32[32,4,16]"]);
});

test("slices that do not come out even are padded", () => {
  expect(productsOf(targets.software!, [2, 4099, 3])).toEqual(["f32[64,2,3]"]);
});

test("contractions that are not deep, or whose results alone keep the device busy, stay", () => {
  expect(productsOf(targets.software!, [4, 1000, 3])).toEqual(["f32[4,3]"]);
  expect(productsOf(targets.software!, [64, 4096, 64])).toEqual(["f32[64,64]"]);
  expect(productsOf(targets.gpu!, [4, 1000, 3])).toEqual(["f32[4,3]"]);
});
