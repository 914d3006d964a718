import { compile } from "@weftjs/codegen-wgsl";
import { DEFAULT_TARGET, parseGraph } from "@weftjs/ir";
import { beforeAll, describe, expect, test } from "vitest";
import {
  arange,
  concat,
  eager,
  full,
  init,
  inspect,
  jit,
  matmul,
  stats,
  sync,
  type Tensor,
  tensor,
  where,
  zeros,
} from "./index.js";

// What an adapter does not have or does not allow ends in the right result all the same, or in a typed error.
let limits: Readonly<Record<string, number>> = {};
beforeAll(async () => {
  const device = await init();
  limits = "limits" in device ? device.limits : {};
});

const MAX_WORKGROUPS = 65_535;

/** Of the largest dispatch. */
async function workgroups(f: (x: Tensor) => Tensor, x: Tensor): Promise<number> {
  const { kernels } = await inspect(f, x);
  return Math.max(...[...kernels.matchAll(/(\d+) workgroups/g)].map((match) => Number(match[1])));
}

/** Elements around these positions of a tensor that is too large to be read whole. */
async function around(x: Tensor, positions: readonly number[]): Promise<number[]> {
  const parts = positions.map((at) => x.at([at, at + 1]).item());
  return Promise.all(parts);
}

describe("more than 65,535 workgroups", () => {
  test("in a map kernel", async () => {
    const f = jit((x: Tensor) => x.mod(1000).add(1));
    const x = arange(MAX_WORKGROUPS * 128 + 129);
    expect(await workgroups(f, x)).toBeGreaterThan(MAX_WORKGROUPS);
    const at = [0, MAX_WORKGROUPS * 64, MAX_WORKGROUPS * 128, x.size - 1];
    expect(await around(f(x), at)).toEqual(at.map((k) => (k % 1000) + 1));
  });

  test("in a row kernel", async () => {
    const f = jit((x: Tensor) => x.sub(x.max({ axis: 1, keepdims: true })).ravel());
    const x = arange(2 * (MAX_WORKGROUPS * 64 + 65)).reshape([-1, 2]);
    expect(await workgroups(f, x)).toBeGreaterThan(MAX_WORKGROUPS);
    const rows = [0, MAX_WORKGROUPS, MAX_WORKGROUPS * 64, x.shape[0]! - 1];
    expect(
      await around(
        f(x),
        rows.flatMap((row) => [2 * row, 2 * row + 1]),
      ),
    ).toEqual(rows.flatMap(() => [-1, 0]));
  });

  test("in a matrix product", async () => {
    const batch = MAX_WORKGROUPS * 64 + 65;
    const f = jit((x: Tensor) => matmul(x, x.reshape([batch, 2, 1])).ravel());
    const x = arange(batch * 2)
      .mod(1000)
      .reshape([batch, 1, 2]);
    expect(await workgroups(f, x)).toBeGreaterThan(MAX_WORKGROUPS);
    const at = [0, MAX_WORKGROUPS, MAX_WORKGROUPS * 64, batch - 1];
    const squares = at.map((k) => ((2 * k) % 1000) ** 2 + ((2 * k + 1) % 1000) ** 2);
    expect(await around(f(x), at)).toEqual(squares);
  });
});

describe("more tensors in one computation than a kernel has bindings", () => {
  const many = (): Tensor[] => Array.from({ length: 50 }, (_, k) => tensor([k, -k]));
  const joined = Array.from({ length: 50 }, (_, k) => [k, -k]).flat();

  test("as operands of concat", async () => {
    expect(limits["maxStorageBuffersPerShaderStage"]).toBeLessThan(50);
    for (const f of [concat, jit(concat), eager(concat)])
      expect([...(await f(many()).data())]).toEqual(joined);
  });

  test("as terms of a sum", async () => {
    const sum = jit((terms: readonly Tensor[]) => terms.reduce((a, b) => a.add(b)));
    expect(await sum(many()).toArray()).toEqual([1225, -1225]);
  });

  test("as results", async () => {
    const scaled = jit((x: Tensor) => Array.from({ length: 50 }, (_, k) => x.mul(tensor(k))));
    const results = await Promise.all(scaled(tensor([1])).map((result) => result.item()));
    expect(results).toEqual([...results.keys()]);
  });
});

describe("a tensor above the limits of the adapter", () => {
  const largest = (): number => Math.min(limits["maxStorageBufferBindingSize"]!, limits["maxBufferSize"]!);

  test("is refused at the user's line, before the GPU is asked", async () => {
    await sync();
    const before = stats();
    const make = (): Tensor => zeros([largest() / 4 + 1]);
    const refusal = expect.objectContaining({
      code: "W4021",
      class: "device",
      location: expect.objectContaining({
        file: expect.stringContaining("limits.test.ts") as string,
      }) as object,
    }) as object;
    expect(make).toThrow(refusal);
    expect(() => jit(make)()).toThrow(refusal);
    await sync();
    const { buffersCreated, submits } = before;
    expect(stats()).toMatchObject({ buffersCreated, submits });
  });

  test("may be an intermediate value that is never stored", async () => {
    const total = jit(() => full([2, largest() / 4], 0.5).max());
    expect((await inspect(total)).peakBytes).toBeLessThan(largest());
  });
});

test("kernels keep to the workgroup size and memory that the device grants", () => {
  const graph = parseGraph(`graph small(%x: f32[300,300]) {
    %0: f32[300,300] = matmul %x, %x
    %1: f32[300] = sum %0 {axes=[1]}
    %2: f32[300,300] = exp %x
    return %0, %1, %2
  }`);
  for (const kind of ["gpu", "software"] as const) {
    const target = { ...DEFAULT_TARGET, kind, maxWorkgroupSize: 256, maxWorkgroupMemoryBytes: 16384 };
    for (const { wgsl } of compile(graph, { target }).kernels) {
      const [, size] = /@workgroup_size\(([^)]*)\)/.exec(wgsl)!;
      expect(
        size!.split(",").reduce((product, part) => product * Number.parseInt(part, 10), 1),
      ).toBeLessThanOrEqual(256);
      const arrays = [...wgsl.matchAll(/var<workgroup> \w+: array<(\w+), (\d+)>/g)];
      const bytes = arrays.reduce(
        (sum, [, type, count]) => sum + Number(count) * (type === "vec4f" ? 16 : 4),
        0,
      );
      expect(bytes).toBeLessThanOrEqual(16384);
    }
  }
});

test("calls interleaved with awaits give what they give one by one", async () => {
  const f = jit((x: Tensor, n: number) => {
    for (let k = 0; k < n; k++) x = x.mul(0.5).add(k);
    return x;
  });
  const oneByOne: number[] = [];
  for (let k = 0; k < 12; k++) oneByOne.push(await f(tensor([k]), k % 4).item());
  const together = Array.from({ length: 12 }, async (_, k) => {
    for (let turn = 0; turn < k % 3; turn++) await sync();
    const x = tensor([k]);
    await Promise.resolve();
    const y = f(x, k % 4);
    if (k % 2) await y.data();
    return y.item();
  });
  expect(await Promise.all(together)).toEqual(oneByOne);
});

test("the same computation gives the same bits every time", async () => {
  const data = Float32Array.from({ length: 200 * 300 }, (_, k) => Math.sin(k * k));
  const x = tensor(data, { shape: [200, 300] });
  const f = jit((x: Tensor) => [
    matmul(x, x.transpose()).softmax().sum({ axis: 0 }),
    x.sum(),
    x.exp().mean(),
  ]);
  const bits = async (): Promise<string> => {
    const results = await Promise.all(f(x).map((result) => result.data()));
    return results.map((result) => [...new Uint32Array(result.buffer)].join()).join();
  };
  const first = await bits();
  for (let run = 0; run < 5; run++) expect(await bits()).toBe(first);
});

describe("NaN and infinities", () => {
  const specials = [NaN, Infinity, -Infinity, -0];

  test("are constants like others", async () => {
    for (const value of specials) {
      const compiled = jit((x: Tensor) => [
        x.mul(0).add(value),
        full([1], value),
        where(x.greater(0), value, 1),
      ]);
      const results = await Promise.all(compiled(tensor([1])).map((result) => result.item()));
      expect(results).toEqual([value + 0, value, value]);
    }
  });

  test("are numbers passed at run time like others", async () => {
    const f = jit((x: Tensor, value: number) => [x.mul(value), x.maximum(value)]);
    for (const value of [1, 2, ...specials]) {
      const [product, larger] = await Promise.all(f(tensor([1]), value).map((result) => result.item()));
      expect([product, larger]).toEqual([value, Math.max(1, value)]);
    }
  });

  test("go through max, min and clip as IEEE 754-2019 says: NaN stays", async () => {
    const x = tensor([NaN, Infinity, -Infinity, 1]);
    expect([await x.max().item(), await x.min().item()]).toEqual([NaN, NaN]);
    expect(await x.clip(-2, 2).toArray()).toEqual([NaN, 2, -2, 1]);
  });
});
