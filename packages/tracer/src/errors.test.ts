import { GraphBuilder, withRecorder } from "@weftjs/ir";
import { beforeAll, describe, expect, test } from "vitest";
import { customVjp, grad, init, jit, matmul, type Tensor, tensor, zeros } from "./index.js";

beforeAll(async () => void (await init({ device: "cpu" })));

/** Renders what `body` throws, with line numbers left out of it. */
function rendered(body: () => unknown): string {
  try {
    body();
  } catch (error) {
    return String((error as Error).message)
      .replace(/^\d+ \|/m, "L |")
      .replace(/^ +\|/m, "  |")
      .replace(/ts:\d+/, "ts:L");
  }
  throw new Error("nothing was thrown");
}

/** Where the error says it happened, as line and column of this file. */
function place(body: () => unknown): { file: string | undefined; line: number; column: number } {
  try {
    body();
  } catch (error) {
    const { file, line, column } = (error as { location: { file: string; line: number; column: number } })
      .location;
    return { file: file.split("/").pop(), line, column };
  }
  throw new Error("nothing was thrown");
}

/** The line of the caller. */
function here(): number {
  return Number(/errors\.test\.ts:(\d+)/.exec(new Error().stack!.split("\n")[2]!)![1]);
}

describe("an error of shape", () => {
  test("is thrown at once, at the user's line and column, in and out of jit", () => {
    const [x, w] = [zeros([8, 4]), zeros([2, 4])];
    let line = 0;
    const f = (x: Tensor): Tensor => {
      line = here() + 1;
      return matmul(x, w);
    };
    for (const g of [f, jit(f)]) {
      const found = place(() => g(x));
      expect(found).toEqual({ file: "errors.test.ts", line, column: 14 });
    }
    expect(rendered(() => jit(f)(x))).toMatchInlineSnapshot(`
      "error[W2004]: matmul needs equal inner sizes, got 4 and 2
        --> errors.test.ts:L:14
      L |       return matmul(x, w);
        |              ^
         = note: left operand is f32[8,4], right operand is f32[2,4]
         = hint: transpose the right operand"
    `);
  });

  test("of a method points at the method's name", () => {
    const f = (): Tensor => tensor([1, 2]).add(tensor([1, 2, 3]));
    expect(rendered(f)).toMatchInlineSnapshot(`
      "error[W2003]: add cannot broadcast shapes [2] and [3]
        --> errors.test.ts:L:44
      L |     const f = (): Tensor => tensor([1, 2]).add(tensor([1, 2, 3]));
        |                                            ^
         = note: operands are f32[2], f32[3]
         = hint: sizes are compared from the last axis; each pair must be equal or have a 1: use reshape or expandDims"
    `);
  });
});

describe("a tensor used as a JavaScript value", () => {
  const x = (): Tensor => zeros([2]);
  const uses: Record<string, (x: Tensor) => unknown> = {
    "a number": (x) => +(x as never),
    "an operand": (x) => (x as never) * 2,
    "a bound": (x) => (x as never) < 2,
    "a string": (x) => `${x as never}`,
    "a key": (x) => ({ [x as never]: 1 }),
    JSON: (x) => JSON.stringify({ x }),
  };
  for (const [what, use] of Object.entries(uses)) {
    test(`as ${what} throws W1001`, () => {
      expect(() => use(x())).toThrow(expect.objectContaining({ code: "W1001" }));
      expect(() => jit(use)(x())).toThrow(expect.objectContaining({ code: "W1001" }));
    });
  }

  test("says what to write instead", () => {
    const f = jit((x: Tensor) => (x as never) * 2);
    expect(rendered(() => f(x()))).toMatchInlineSnapshot(`
      "error[W1001]: a tensor was used as a JavaScript number (f32[2])
        --> errors.test.ts:L:35
      L |     const f = jit((x: Tensor) => (x as never) * 2);
        |                                   ^
         = note: its elements are on the device; JavaScript's own operators cannot wait for them
         = hint: write add(a, b) or a.add(b) for a + b, where(c, a, b) for a choice; await x.item() gives the number"
    `);
  });

  test("may still be shown", () => {
    expect(x().toString()).toBe("Tensor f32[2]");
  });
});

describe("an operand that is neither tensor nor number", () => {
  test("is named with its position", () => {
    const f = (x: Tensor): Tensor => x.add(undefined as never);
    expect(() => jit(f)(zeros([2]))).toThrow(expect.objectContaining({ code: "W1002" }));
    expect(rendered(() => f(zeros([2])))).toMatchInlineSnapshot(`
      "error[W1002]: add takes tensors and numbers, operand 1 is undefined
        --> errors.test.ts:L:40
      L |     const f = (x: Tensor): Tensor => x.add(undefined as never);
        |                                        ^
         = hint: check what is passed"
    `);
  });
});

test("an async function is refused as a backward function", () => {
  const twice = (x: Tensor): Tensor => x.mul(2);
  const backward = async (_: null, ct: Tensor): Promise<Tensor[]> => [ct.mul(2)];
  const f = customVjp(twice, (x: Tensor) => [twice(x), null] as const, backward as never);
  const g = grad((x: Tensor) => f(x).sum());
  expect(() => g(zeros([2]))).toThrow(expect.objectContaining({ code: "W1005" }));
});

test("an error's line of source stays right when the call replays first", async () => {
  const f = jit((x: Tensor, y: Tensor) => x.mul(2).add(y));
  f(zeros([2]), zeros([2]));
  expect(place(() => f(zeros([2]), zeros([3]))).line).toBe(here() - 2);
  expect(await f(zeros([2]), zeros([2])).toArray()).toEqual([0, 0]);
});

test("a differentiation in the declaration of an op is refused", () => {
  const rule = (): unknown => grad((x: Tensor) => x.sum())(zeros([2]));
  const declared = (): unknown => withRecorder(new GraphBuilder("rule"), rule);
  expect(place(declared).line).toBe(here() - 2);
  expect(rendered(declared)).toMatchInlineSnapshot(`
    "error[W1013]: functions cannot be differentiated or batched in the declaration of an op
      --> errors.test.ts:L:59
    L |   const rule = (): unknown => grad((x: Tensor) => x.sum())(zeros([2]));
      |                                                           ^
       = hint: write the rule with ops"
  `);
});

test("another device than the one in use is refused", async () => {
  await expect(init({ device: "webgpu" })).rejects.toMatchObject({ code: "W4052" });
});
