import { test } from "vitest";
import { openScalarDevice } from "./test/evaluate.js";
import { measureAccuracy } from "./test/measure.js";
import { ACCURACY_CASES } from "./test/accuracy-table.js";
test("dev", { timeout: 300000 }, async () => {
  const device = (await openScalarDevice())!;
  console.log(device.adapter);
  const only = process.env.ONLY?.split(",");
  for (const c of ACCURACY_CASES) {
    if (only && !only.includes(c.name)) continue;
    const t = performance.now();
    try {
      const [m] = await measureAccuracy(
        device,
        Number(process.env.COUNT ?? 16384),
        [c],
        process.env.FAST === "1",
      );
      const w = m!.worst;
      console.log(
        c.name.padEnd(7),
        w.ulps.toFixed(2).padStart(8),
        w.operands.join(" , "),
        "got",
        w.got,
        "want",
        w.expected,
        "diff",
        w.differing,
        (performance.now() - t).toFixed(0) + "ms",
      );
    } catch (e) {
      console.log(c.name, String((e as Error).message).slice(0, Number(process.env.LEN ?? 1500)));
    }
  }
});
