import { DEFAULT_TARGET, type Target } from "@weftjs/ir";
import { afterAll, describe, expect, test } from "vitest";
import { matmulKernel } from "./kernel.js";
import { planMatmul, type MatmulPlan } from "./plan.js";
import { productCase, type Layout, type Product, type ProductCase } from "./test/product-case.js";
import { openKernelRunner } from "./test/run-kernel.js";

const runner = await openKernelRunner();
afterAll(() => runner?.device.destroy());

const GPU: Target = DEFAULT_TARGET;
const SOFTWARE: Target = { ...DEFAULT_TARGET, kind: "software" };

const SUBGROUPS: Target = { ...SOFTWARE, subgroupSize: 8 };

const REGISTERS: MatmulPlan = { kind: "registers", rows: 4, columns: 4, threads: 16 };
const WIDE_REGISTERS: MatmulPlan = { kind: "registers", rows: 8, columns: 8, threads: 16 };
// As many lanes as the adapter's subgroups have: any other number would not be theirs.
const lanes = (rows: number, columns: number, along: "row" | "col"): MatmulPlan[] =>
  runner && runner.subgroupSize > 0
    ? [{ kind: "lanes", rows, columns, lanes: runner.subgroupSize, along }]
    : [];
const LANES = [...lanes(8, 4, "col"), ...lanes(8, 8, "col"), ...lanes(2, 16, "row")];
// Less deep than the planner's: lavapipe unrolls the steps, and takes seconds to compile them.
const TILES: MatmulPlan = { kind: "tiles", rows: 16, columns: 16, depth: 4, threadRows: 4 };
const LONG_TILES: MatmulPlan = { kind: "tiles", rows: 128, columns: 64, depth: 4, threadRows: 8 };
const split = (width: 1 | 4): MatmulPlan => ({ kind: "split", width, outputs: 8, slices: 8 });

async function result(
  theCase: ProductCase,
  plan?: MatmulPlan,
  target: Target = SOFTWARE,
): Promise<Float32Array> {
  const kernel = matmulKernel(theCase.view, target, plan);
  return runner!.run(kernel, theCase.inputs, theCase.before());
}

/** Each output is right and stored once, and nothing past the end is touched. */
async function expectRight(product: Product, plan?: MatmulPlan, target?: Target): Promise<void> {
  const theCase = productCase(product);
  const actual = await result(theCase, plan, target);
  const expected = theCase.expected();
  const tolerance = product.elementType === "f16" ? 2e-3 : 1e-5;
  const wrong = [...expected].findIndex(
    (x, i) => !(Math.abs(actual[i]! - x) <= tolerance * (1 + Math.abs(x))),
  );
  expect(wrong < 0 ? [] : [wrong, actual[wrong]], `expected ${expected[wrong]} there`).toEqual([]);
}

const layouts: readonly Layout[] = ["rows", "columns", "gaps"];
const layoutPairs = layouts.flatMap((a) => layouts.map((b) => ({ a, b })));

describe.skipIf(!runner)("every template, on an adapter", () => {
  test.each(layoutPairs)("reads a by $a and b by $b", async ({ a, b }) => {
    await expectRight({ m: 36, n: 20, k: 12, a, b }, REGISTERS);
    await expectRight({ m: 36, n: 20, k: 12, a, b }, TILES);
    await expectRight({ m: 6, n: 8, k: 36, a, b }, split(b === "rows" ? 4 : 1));
    for (const plan of LANES) await expectRight({ m: 72, n: 144, k: 12, a, b }, plan);
  });

  test.each([
    { m: 1, n: 5, k: 3 },
    { m: 37, n: 3, k: 1 },
    { m: 33, n: 10, k: 17 },
    { m: 70, n: 69, k: 67 },
  ])("guards the edges of $m × $k times $k × $n", async ({ m, n, k }) => {
    const rows = Math.min(4, m);
    const columns = n < 4 ? n : 4;
    await expectRight({ m, n, k }, { ...REGISTERS, rows, columns });
    await expectRight({ m, n, k, a: "columns", b: "columns" }, TILES);
    await expectRight({ m, n, k }, TILES);
    await expectRight({ m, n, k }, split(1));
    const narrow = n < 4 ? n : 4;
    for (const plan of [...lanes(rows, narrow, "col"), ...lanes(rows, narrow, "row")]) {
      await expectRight({ m, n, k }, plan);
    }
  });

  test("lanes share what they read, also past the edges", async ({ skip }) => {
    if (LANES.length === 0) skip("the adapter has no subgroups of a known size");
    for (const plan of LANES) {
      await expectRight({ m: 77, n: 150, k: 20, a: "columns" }, plan);
      await expectRight({ batch: 3, m: 16, n: 37, k: 19, b: "columns" }, plan);
      await expectRight({ batch: 2, m: 40, n: 24, k: 9 }, plan, {
        ...SOFTWARE,
        maxWorkgroupsPerDimension: 3,
      });
    }
  });

  test("large blocks hold their edges too", async () => {
    await expectRight({ m: 140, n: 72, k: 20, a: "columns" }, WIDE_REGISTERS);
    await expectRight({ m: 141, n: 73, k: 19 }, WIDE_REGISTERS);
    await expectRight({ m: 141, n: 72, k: 19 }, LONG_TILES);
  });

  test("a vector times a matrix, either way round, reads along the inner axis", async () => {
    await expectRight({ m: 10, n: 1, k: 72 }, { ...REGISTERS, columns: 1 });
    await expectRight({ m: 1, n: 9, k: 72, b: "columns" }, { ...REGISTERS, rows: 1 });
    await expectRight({ m: 1, n: 9, k: 72, b: "columns" }, split(1));
  });

  test("a batch keeps its matrices apart, with a grid that folds", async () => {
    const narrow = { maxWorkgroupsPerDimension: 3 };
    for (const plan of [REGISTERS, TILES, split(1)]) {
      await expectRight({ batch: 3, m: 35, n: 9, k: 5 }, plan, { ...SOFTWARE, ...narrow });
      await expectRight({ batch: 2, m: 8, n: 4, k: 8, a: "columns" }, plan);
    }
  });

  test("NaN and infinity reach their row and column and no other output", async () => {
    for (const plan of [REGISTERS, TILES, split(1), ...lanes(4, 4, "col"), ...lanes(4, 4, "row")]) {
      const theCase = productCase({ m: 9, n: 6, k: 19 });
      theCase.setA(2, 18, NaN);
      theCase.setB(18, 5, Infinity);
      // Whatever the signs, infinity times the one next to it is not zero times infinity.
      for (let row = 0; row < 9; row++) if (row !== 2) theCase.setA(row, 18, 1);
      const actual = await result(theCase, plan);
      theCase.expected().forEach((x, i) => {
        if (Number.isFinite(x)) expect(actual[i]).toBeCloseTo(x, 4);
        else expect(actual[i]).toBe(x);
      });
    }
  });

  test("float16 operands are summed in float32", async ({ skip }) => {
    if (!runner!.device.features.has("shader-f16")) skip("the adapter has no float16");
    for (const plan of [REGISTERS, TILES, split(4), ...lanes(8, 4, "col"), ...lanes(8, 4, "row")]) {
      await expectRight({ m: 12, n: 8, k: 300, elementType: "f16" }, plan);
    }
  });

  test.each([
    { m: 1, n: 1, k: 5000 },
    { m: 37, n: 1, k: 1 },
    { m: 1, n: 8, k: 1 },
    { batch: 40, m: 5, n: 4, k: 4 },
  ])("what the planner chooses computes %o", async (product) => {
    await expectRight(product, undefined, SOFTWARE);
    await expectRight(product, undefined, GPU);
  });
});

describe("the planner", () => {
  const variant = (product: Product, target: Target): string =>
    matmulKernel(productCase(product).view, target).variant;

  test("a software adapter gets blocks that grow with the work, and no barriers", () => {
    expect(variant({ m: 512, n: 512, k: 512 }, SOFTWARE)).toBe("registers_8x8");
    expect(variant({ m: 100, n: 64, k: 784 }, SOFTWARE)).toBe("registers_4x8");
    expect(variant({ m: 100, n: 10, k: 64 }, SOFTWARE)).toBe("registers_4x4");
    expect(variant({ m: 3, n: 3, k: 3 }, SOFTWARE)).toBe("registers_1x3");
    expect(variant({ m: 128, n: 1024, k: 256 }, SUBGROUPS)).toBe("lanes_8x8_by_col");
    expect(variant({ m: 100, n: 64, k: 784 }, SUBGROUPS)).toBe("lanes_8x4_by_col");
    expect(variant({ m: 784, n: 64, k: 100 }, SUBGROUPS)).toBe("lanes_8x4_by_col");
    expect(variant({ m: 5760, n: 20, k: 500 }, SUBGROUPS)).toBe("lanes_2x12_by_row");
    expect(variant({ m: 100, n: 10, k: 64 }, SUBGROUPS)).toBe("registers_4x4");
    expect(matmulKernel(productCase({ m: 512, n: 512, k: 8 }).view, SOFTWARE).wgsl).not.toMatch(
      /workgroupBarrier/,
    );
  });

  test("a GPU gets tiles that grow with the outputs, and splits what would leave it idle", () => {
    expect(variant({ m: 2048, n: 2048, k: 8 }, GPU)).toBe("tiles_128x64x16");
    expect(variant({ m: 512, n: 512, k: 8 }, GPU)).toBe("tiles_64x64x16");
    expect(variant({ m: 784, n: 64, k: 100 }, GPU)).toBe("tiles_32x32x16");
    expect(variant({ m: 100, n: 64, k: 784 }, GPU)).toBe("split_4x64");
    expect(variant({ m: 4096, n: 1, k: 64 }, GPU)).toBe("split_4x64");
  });

  test("a tile fits the device's limits", () => {
    const small = { ...GPU, maxWorkgroupSize: 128, maxWorkgroupMemoryBytes: 8192 };
    expect(variant({ m: 2048, n: 2048, k: 8 }, small)).toBe("tiles_32x32x16");
  });

  test("the last block of rows is about as full as the others", () => {
    const view = productCase({ m: 10, n: 4096, k: 512 }).view;
    expect(planMatmul(view, SOFTWARE)).toMatchObject({ kind: "registers", rows: 4 });
    const tall = productCase({ m: 10, n: 8192, k: 512 }).view;
    expect(planMatmul(tall, SOFTWARE)).toMatchObject({ kind: "registers", rows: 5 });
  });
});
