import { expect, test } from "vitest";
import { lossPlot } from "./loss-plot.js";

test("the plot has the asked size, and its axis ends at the first and the last step", () => {
  const points = Array.from({ length: 500 }, (_, i) => ({ step: 10 * i, loss: 1 / (1 + i) }));
  const lines = lossPlot(points, { width: 40, height: 8 }).split("\n");
  expect(lines).toHaveLength(9);
  expect(lines.at(-1)).toMatch(/^ +step 0 +step 4990$/);
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThan(60);
});

test("a loss that is not finite leaves a gap instead of a plot that cannot be drawn", () => {
  const points = [
    { step: 0, loss: 2 },
    { step: 1, loss: Number.NaN },
    { step: 2, loss: 1 },
  ];
  expect(lossPlot(points)).toContain("step 2");
  expect(lossPlot([{ step: 0, loss: Number.NaN }])).toBe("");
});
