import { writeFileSync } from "node:fs";
import { expect, test } from "vitest";
import { losses } from "../run.js";

test("the network learns", async () => {
  const seen = await losses(10);
  expect(seen[9]).toBeLessThan(seen[0]);
  if (process.env.LOSSES_FILE) writeFileSync(process.env.LOSSES_FILE, JSON.stringify(seen));
});
