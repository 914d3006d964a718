import type * as codegen from "@weftjs/codegen-wgsl";
import type { Program } from "@weftjs/ir";
import { afterAll, afterEach, beforeAll, expect, test, vi } from "vitest";
import { init, jit, matmul, sync, type Tensor, tensor, valueAndGrad } from "../index.js";

/** Changes every shader that is made while it is set. */
let sabotage: (wgsl: string) => string = (wgsl) => wgsl;

vi.mock("@weftjs/codegen-wgsl", async (importOriginal) => {
  const original = await importOriginal<typeof codegen>();
  const emitProgram: typeof codegen.emitProgram = (schedule, target): Program => {
    const program = original.emitProgram(schedule, target);
    return {
      ...program,
      kernels: program.kernels.map((kernel) => ({ ...kernel, wgsl: sabotage(kernel.wgsl) })),
    };
  };
  return { ...original, emitProgram };
});

const said: string[] = [];
beforeAll(async () => {
  vi.stubEnv("WEFT_VALIDATE", "1");
  vi.stubEnv("WEFT_DEBUG", "nan");
  vi.spyOn(console, "error").mockImplementation((text: string) => void said.push(text));
  await init();
});
afterEach(() => {
  sabotage = (wgsl) => wgsl;
  said.length = 0;
});
afterAll(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

const x = (): Tensor =>
  tensor(
    Float32Array.from({ length: 6 * 4 }, (_, k) => Math.sin(k)),
    { shape: [6, 4] },
  );
const w = (): Tensor =>
  tensor(
    Float32Array.from({ length: 4 * 3 }, (_, k) => Math.cos(k)),
    { shape: [4, 3] },
  );

test("a right computation passes, in place and in several kernels", async () => {
  const loss = (w: Tensor, x: Tensor): Tensor => matmul(x, w).softmax().log().mean();
  const step = jit(
    (w: Tensor, x: Tensor) => {
      const [value, gradient] = valueAndGrad(loss)(w, x);
      return [w.sub(gradient.mul(0.1)), value] as const;
    },
    { donate: 0 },
  );
  let [weights, value] = step(w(), x());
  for (let k = 0; k < 3; k++) [weights, value] = step(weights, x());
  expect(Number.isFinite(await value.item())).toBe(true);
  await sync();
  expect(said).toEqual([]);
});

test("the first kernel that differs is named, with the user's line", async () => {
  sabotage = (wgsl) => wgsl.replace(/\babs\(/g, "1.5 * abs(");
  const f = jit((x: Tensor, w: Tensor) => {
    const first = matmul(x, w).sum({ axis: 0 });
    const second = matmul(x.abs().sum({ axis: 1 }).expandDims(0), x);
    return [first, second.sum({ axis: 0 })];
  });
  const [first] = f(x(), w());
  const error: unknown = await first!.data().catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ code: "W4060", class: "bug" });
  expect(String(error)).toMatch(/kernel \w*abs\w* differs from the interpreter/);
  expect(String(error)).toMatch(/checking-executor\.test\.ts:\d+/);
  expect(String(error)).toMatch(/element 0 of f32\[6\], the interpreter says/);
  sabotage = (wgsl) => wgsl;
  await expect(sync()).resolves.toBeUndefined();
});

test("the first op that makes NaN of numbers is named once, with its line", async () => {
  const f = jit((x: Tensor) => x.sub(1).log().mul(2).sum());
  const once = async (): Promise<number> => f(tensor([3, 2, 0.5])).item();
  expect(await once()).toBeNaN();
  expect(await once()).toBeNaN();
  expect(said).toHaveLength(1);
  expect(said[0]).toMatch(
    /^weft nan: anonymous: log made NaN, element 2 of f32\[3\]\n {2}--> .*test\.ts:\d+:\d+\n/,
  );
  expect(said[0]).toContain("x.sub(1).log().mul(2)");
});

test("NaN that comes in is nobody's fault", async () => {
  expect(await tensor([NaN]).add(1).item()).toBeNaN();
  expect(said).toEqual([]);
});
