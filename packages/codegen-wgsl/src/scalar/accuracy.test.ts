import { describe, expect, test } from "vitest";
import { ACCURACY_CASES } from "./test/accuracy-table.js";
import { openScalarDevice } from "./test/evaluate.js";
import { measureAccuracy } from "./test/measure.js";

const device = await openScalarDevice();
const measured = device ? await measureAccuracy(device, 12288) : [];

describe.skipIf(!device)("float functions at both widths", () => {
  test.each(ACCURACY_CASES)("$name stays within $bound ulp over all floats", ({ name, bound }) => {
    const { worst } = measured.find(({ scalarCase }) => scalarCase.name === name)!;
    // The whole record, so that a failure says where.
    expect(worst.ulps <= bound ? "within the bound" : worst).toBe("within the bound");
  });

  test.each(ACCURACY_CASES)("$name gives NaN, Inf and zeros, with their signs, where due", ({ name }) => {
    expect(measured.find(({ scalarCase }) => scalarCase.name === name)!.wrongEdges).toEqual([]);
  });
});
