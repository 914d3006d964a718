import { expect, test } from "vitest";
import { init, profile } from "../index.js";
import { Profile } from "./profile-report.js";

test("on the cpu device there is nothing to time: W4054", async () => {
  await init({ device: "cpu" });
  await expect(profile(() => undefined)).rejects.toMatchObject({ code: "W4054" });
});

test("a device without timestamps gives counts and bytes, and says so", async () => {
  const program = {
    name: "f",
    inputs: [],
    scalars: [],
    outputs: [],
    slots: [],
    kernels: [{ name: "k", wgsl: "", bindings: [], locations: [] }],
    loops: [],
    dispatches: [
      { kernel: 0, slots: [], workgroups: [1, 1, 1] as const, cost: { bytes: 2e6, operations: 5 } },
    ],
    peakBytes: 0,
  };
  const report = new Profile({
    device: "old",
    dispatches: [{ program, dispatch: 0, call: 0, begin: undefined, end: undefined }],
    submits: 1,
    wallMs: 1.5,
    ceilings: undefined,
  });
  expect(report.gpuMs).toBeUndefined();
  expect(String(report)).toMatchInlineSnapshot(`
    "old: 1 dispatches, 1 submits, no GPU times: this device has no timestamps, 1.5 ms in all

    kernel  runs  ms  share  MB  GB/s  GFLOP/s  roofline  lines
    k       1     –   –      2   –     –        –"
  `);
  expect(JSON.parse(await report.trace())).toMatchObject({ displayTimeUnit: "ns" });
});
