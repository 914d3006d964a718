import { describe, expect, test } from "vitest";
import { ACCURACY_CASES } from "./test/accuracy-table.js";
import { openScalarDevice } from "./test/evaluate.js";
import { measureAccuracy } from "./test/measure.js";

const device = await openScalarDevice();

describe.skipIf(!device)("accuracy", () => {
  test.each(ACCURACY_CASES)(
    "$name stays within $bound ulp over all floats, at both widths",
    async (scalarCase) => {
      const [measured] = await measureAccuracy(device!, 8192, [scalarCase]);
      // The whole record, so that a failure says where.
      const { worst } = measured!;
      expect(worst.ulps <= scalarCase.bound ? "within the bound" : worst).toBe("within the bound");
    },
  );
});
