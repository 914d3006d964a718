import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { WeftError } from "@weftjs/ir";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import * as weft from "../index.js";
import { load, save, Tensor, tensor, zeros } from "../index.js";

let folder: string;
beforeAll(async () => {
  await weft.init({ device: "cpu" });
  folder = await mkdtemp(join(tmpdir(), "weft-io-"));
});
afterAll(() => rm(folder, { recursive: true }));

const refusal = (code: string, message = ""): unknown =>
  expect.objectContaining({ code, message: expect.stringContaining(message) as string });

function tree(): Record<string, unknown> {
  return {
    layers: [{ w: tensor([[1, 2], [3, 4.5]]), b: tensor([-1], { dtype: "int32" }) }], // prettier-ignore
    steps: tensor(4294967295, { dtype: "uint32" }),
    mask: tensor([true, false, true]),
    half: tensor([0.5, -65504, 2 ** -24], { dtype: "float16" }),
    none: zeros([0, 3]),
    rate: 0.1,
    more: new Map([["k", tensor([7])]]),
  };
}

async function contents(x: unknown): Promise<unknown> {
  if (x instanceof Tensor) return [x.dtype, x.shape, await x.toArray()];
  return x;
}

async function expectSameTree(got: unknown, wanted: unknown): Promise<void> {
  const [a, b] = [weft.tree.flatten(got), weft.tree.flatten(wanted)];
  expect(a.structure).toEqual(b.structure);
  expect(await Promise.all(a.leaves.map(contents))).toEqual(await Promise.all(b.leaves.map(contents)));
}

describe("save and load", () => {
  test.each(["safetensors", "npz"])("%s gives back a tree of every dtype", async (ending) => {
    const file = join(folder, `tree.${ending}`);
    await save(file, tree());
    await expectSameTree(await load(file, tree()), tree());
    expect(Object.keys(await load(file))).toEqual([
      "layers.0.w", "layers.0.b", "steps", "mask", "half", "none", "more.k",
    ]); // prettier-ignore
  });

  test("npy holds one tensor", async () => {
    const file = join(folder, "one.npy");
    await save(file, tensor([[1], [2]]));
    await expectSameTree(await load(file, zeros([2, 1])), tensor([[1], [2]]));
    expect(Object.keys(await load(file))).toEqual(["value"]);
    await expect(save(file, tree())).rejects.toEqual(refusal("W5023", "the tree has 7"));
  });

  test("an optimizer's state comes back and goes on", async () => {
    const params = { w: tensor([1, 2]) };
    const opt = weft.adam(0.1);
    const [next, state] = opt.update({ w: tensor([1, -1]) }, opt.init(params), params);
    const file = join(folder, "state.safetensors");
    await save(file, { params: next, state });
    await expectSameTree(await load(file, { params, state: opt.init(params) }), { params: next, state });
  });

  test("names like __proto__ and constructor are names", async () => {
    const named = JSON.parse('{"__proto__": 0, "constructor": 0, "toString": 0}') as Record<string, unknown>;
    const hostile = weft.tree.map(() => tensor([1]), named);
    for (const ending of ["safetensors", "npz"]) {
      const file = join(folder, `hostile.${ending}`);
      await save(file, hostile);
      expect(Object.keys(await load(file))).toEqual(["__proto__", "constructor", "toString"]);
      await expectSameTree(await load(file, hostile), hostile);
    }
    expect(({} as { dtype?: unknown }).dtype).toBeUndefined();
  });

  test("what does not fit the tree is refused by name", async () => {
    const file = join(folder, "fit.safetensors");
    await save(file, { w: zeros([2]), b: zeros([1]) });
    await expect(load(file, { w: zeros([3]), b: zeros([1]) })).rejects.toEqual(
      refusal("W5023", '"w" is to be f32[3]'),
    );
    await expect(load(file, { w: zeros([2]) })).rejects.toEqual(refusal("W5023", 'nothing takes "b"'));
    await expect(load(file, { w: zeros([2]), b: zeros([1]), c: zeros([1]) })).rejects.toEqual(
      refusal("W5023", '"c"'),
    );
    const twice = { a: { b: zeros([1]) }, "a.b": zeros([1]) };
    await expect(save(file, twice)).rejects.toEqual(refusal("W5023", "two tensors"));
    await expect(save(file, { __metadata__: zeros([1]) })).rejects.toEqual(refusal("W5023", "__metadata__"));
  });

  test("a save that fails leaves the old file and nothing beside it", async () => {
    const file = join(folder, "kept", "old.npy");
    await expect(save(file, zeros([1]))).rejects.toEqual(refusal("W5005"));
    const kept = join(folder, "kept.npy");
    await save(kept, tensor([1]));
    const before = await readFile(kept);
    const files = await import("node:fs/promises");
    const handle = await files.open(kept);
    const broken = vi.spyOn(Object.getPrototypeOf(handle) as typeof handle, "sync");
    broken.mockRejectedValueOnce(new Error("the disk is full"));
    await handle.close();
    await expect(save(kept, tensor([2]))).rejects.toEqual(refusal("W5005", "the disk is full"));
    broken.mockRestore();
    expect(await readFile(kept)).toEqual(before);
    expect((await readdir(folder)).filter((name) => name.endsWith(".part"))).toEqual([]);
  });

  test("a file that is not there is W5024, one of no known format W5025", async () => {
    await expect(load(join(folder, "none.npy"))).rejects.toEqual(refusal("W5024", "ENOENT"));
    await expect(load("weights.bin")).rejects.toEqual(refusal("W5025", "no format"));
  });
});

describe("safetensors", () => {
  const file = (header: string, data: number[] = [], length = header.length): Uint8Array => {
    const bytes = new Uint8Array(8 + header.length + data.length);
    new DataView(bytes.buffer).setBigUint64(0, BigInt(length), true);
    bytes.set(new TextEncoder().encode(header), 8);
    bytes.set(data, 8 + header.length);
    return bytes;
  };
  const entry = (
    name: string,
    begin: number,
    end: number,
    shape = `[${end - begin}]`,
    dtype = "U8",
  ): string => `"${name}":{"dtype":"${dtype}","shape":${shape},"data_offsets":[${begin},${end}]}`;

  test("the header says where each tensor lies, aligned to 8 bytes", async () => {
    const bytes = await weft.encodeSafetensors({ w: tensor([[1, 2]]), b: tensor([true]) });
    const length = Number(new DataView(bytes.buffer).getBigUint64(0, true));
    expect(length % 8).toBe(0);
    expect(JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + length)))).toEqual({
      w: { dtype: "F32", shape: [1, 2], data_offsets: [0, 8] },
      b: { dtype: "BOOL", shape: [1], data_offsets: [8, 9] },
    });
    expect(bytes).toHaveLength(8 + length + 9);
  });

  test("reads what others write: metadata, any order, 64-bit integers, doubles, bfloat16", async () => {
    const data = [...new Uint8Array(new BigInt64Array([-5n]).buffer), ...new Uint8Array(new Float64Array([0.25]).buffer), 0xc0, 0x3f]; // prettier-ignore
    const header = `{"__metadata__":{"format":"pt"},${entry("b", 16, 18, "[]", "BF16")},${entry("i", 0, 8, "[1]", "I64")},${entry("d", 8, 16, "[1]", "F64")}}  `;
    const read = weft.decodeSafetensors(file(header, data));
    expect(await contents(read.i)).toEqual(["int32", [1], [-5]]);
    expect(await contents(read.d)).toEqual(["float32", [1], [0.25]]);
    expect(await contents(read.b)).toEqual(["float32", [], 1.5]);
  });

  test.each<[string, Uint8Array]>([
    ["too few bytes", new Uint8Array(7)],
    ["a header above the cap", file("{}", [], 100_000_001)],
    ["a header longer than the file", file("{}", [], 3)],
    ["a header that is no JSON", file("{]")],
    ["a header that is no UTF-8", file("{}").with(8, 0xff)],
    ["a header that is no object", file("[]")],
    ["metadata that is no object of strings", file('{"__metadata__":{"a":1}}')],
    ["a name twice", file(`{${entry("a", 0, 1)},${entry("a", 1, 2)}}`, [1, 2])],
    ["a name twice, spelled differently", file(`{${entry("a", 0, 1)},${entry("\\u0061", 1, 2)}}`, [1, 2])],
    ["a field twice", file(`{"a":{"dtype":"F32","dtype":"U8","shape":[1],"data_offsets":[0,1]}}`, [1])],
    ["an unknown dtype", file(`{${entry("a", 0, 1, "[1]", "Q4")}}`, [1])],
    ["a dtype called constructor", file(`{${entry("a", 0, 1, "[1]", "constructor")}}`, [1])],
    ["a negative size", file(`{${entry("a", 0, 1, "[-1]")}}`, [1])],
    ["a broken size", file(`{${entry("a", 0, 1, "[0.5]")}}`, [1])],
    ["a size beyond integers", file(`{${entry("a", 0, 1, "[9007199254740992]")}}`, [1])],
    ["offsets that go back", file(`{${entry("a", 1, 0, "[0]")}}`, [1])],
    ["offsets outside", file(`{${entry("a", 0, 2)}}`, [1])],
    ["a size that is not shape times dtype", file(`{${entry("a", 0, 2, "[1]")}}`, [1, 2])],
    ["a gap", file(`{${entry("a", 0, 1)},${entry("b", 2, 3)}}`, [1, 2, 3])],
    ["an overlap", file(`{${entry("a", 0, 2)},${entry("b", 1, 3)}}`, [1, 2, 3])],
    ["data that nobody owns", file(`{${entry("a", 0, 1)}}`, [1, 2])],
    ["an entry that is null", file(`{"a":null}`)],
    ["integers beyond 32 bits", file(`{${entry("a", 0, 8, "[1]", "I64")}}`, [0, 0, 0, 0, 1, 0, 0, 0])],
  ])("%s is refused with W5020", (_, bytes) => {
    expect(() => weft.decodeSafetensors(bytes)).toThrow(refusal("W5020"));
  });
});

describe("npy and npz", () => {
  const npy = (header: string, data: number[] = [], version = 1): Uint8Array => {
    const length = version === 1 ? [header.length, 0] : [header.length, 0, 0, 0];
    return Uint8Array.from([
      0x93,
      ...Buffer.from("NUMPY"),
      version,
      0,
      ...length,
      ...Buffer.from(header),
      ...data,
    ]);
  };

  test("writes the header that NumPy writes", async () => {
    const bytes = await weft.encodeNpy(tensor([1, 2]));
    expect(bytes).toHaveLength(128 + 8);
    expect(Buffer.from(bytes.subarray(10, 128)).toString().trimEnd()).toBe("{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }"); // prettier-ignore
    expect(bytes[127]).toBe(10);
  });

  test("reads big-endian numbers, Fortran order, version 2 and fields in any order", async () => {
    const read = weft.decodeNpy(npy("{'shape': (2, 2), 'fortran_order': True, 'descr': '>i2'}", [0, 1, 0, 2, 0, 3, 255, 255], 2)); // prettier-ignore
    expect(await contents(read)).toEqual(["int32", [2, 2], [[1, 3], [2, -1]]]); // prettier-ignore
    expect(
      await weft.decodeNpy(npy("{'descr': '|b1', 'fortran_order': False, 'shape': (), }\n", [1])).item(),
    ).toBe(1);
  });

  const good = "{'descr': '<f4', 'fortran_order': False, 'shape': (1,), }";
  test.each<[string, Uint8Array]>([
    ["nothing", new Uint8Array(0)],
    ["another magic number", npy(good, [0, 0, 0, 0]).with(1, 0)],
    ["an unknown version", npy(good, [0, 0, 0, 0]).with(6, 9)],
    ["a header longer than the file", npy(good).with(9, 9)],
    ["too little data", npy(good, [0])],
    ["too much data", npy(good, [0, 0, 0, 0, 0])],
    ["objects, which are code", npy(good.replace("<f4", "|O"), [0])],
    ["a field twice", npy(good.replace("{", "{'shape': (1,), "), [0, 0, 0, 0])],
    ["a field less", npy("{'descr': '<f4', 'shape': (1,), }", [0, 0, 0, 0])],
    ["a shape that is no tuple", npy(good.replace("(1,)", "(1)"), [0, 0, 0, 0])],
    ["text behind the dictionary", npy(`${good}; print()`, [0, 0, 0, 0])],
    ["an enormous shape", npy(good.replace("(1,)", "(99999999999999999999,)"), [0, 0, 0, 0])],
  ])("npy with %s is refused with W5021", (_, bytes) => {
    expect(() => weft.decodeNpy(bytes)).toThrow(refusal("W5021"));
  });

  test("npz: compressed files are read, bombs and strangers are refused with W5022", async () => {
    const { zipSync } = await import("fflate");
    const array = await weft.encodeNpy(zeros([1000]));
    const read = weft.decodeNpz(zipSync({ "a.npy": array }, { level: 9 }));
    expect(read.a!.shape).toEqual([1000]);
    const big = zipSync({ "a.npy": array, "b.npy": array }, { level: 9 });
    expect(() => weft.decodeNpz(big, { maxBytes: 8000 })).toThrow(refusal("W5022", "claim 8256 bytes"));
    expect(() => weft.decodeNpz(zipSync({ "a.txt": array }))).toThrow(refusal("W5022", "a.txt"));
    expect(() => weft.decodeNpz(new Uint8Array(10))).toThrow(refusal("W5022"));
    const lying = zipSync({ "a.npy": array }, { level: 9 });
    const view = new DataView(lying.buffer);
    for (let at = 0; at + 46 < lying.length; at++)
      if (view.getUint32(at, true) === 0x02014b50) view.setUint32(at + 24, 0xfffffff0, true);
    expect(() => weft.decodeNpz(lying)).toThrow(refusal("W5022", "claim"));
  });
});

/** A file broken in one to three places: bytes changed, cut out, repeated, put in. */
function mutated(bytes: Uint8Array, random: () => number): Uint8Array {
  let list = Array.from(bytes);
  const count = 1 + Math.floor(random() * 3);
  for (let k = 0; k < count; k++) {
    const at = Math.floor(random() ** 2 * list.length); // headers come first
    const length = 1 + Math.floor(random() * 8);
    const kind = Math.floor(random() * 5);
    const noise = Array.from({ length }, () => Math.floor(random() * 256));
    if (kind === 0) list[at] = (list[at] ?? 0) ^ (1 << Math.floor(random() * 8));
    else if (kind === 1) list.splice(at, length, ...noise);
    else if (kind === 2) list.splice(at, length);
    else if (kind === 3) list.splice(at, 0, ...list.slice(at, at + length));
    else list = list.slice(0, at);
  }
  return Uint8Array.from(list);
}

function stream(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/** How many broken files of each format; WEFT_TEST_FUZZ asks for more. */
const FUZZED = Number(process.env.WEFT_TEST_FUZZ ?? 2000);

test.each<[string, (x: unknown) => Promise<Uint8Array>, (bytes: Uint8Array) => unknown]>([
  ["safetensors", weft.encodeSafetensors, weft.decodeSafetensors],
  ["npy", () => weft.encodeNpy(tensor([[1, 2, 3]])), weft.decodeNpy],
  ["npz", weft.encodeNpz, (bytes) => weft.decodeNpz(bytes)],
])("broken %s files are read or refused with an error of Weft's, soon", async (_, encode, decode) => {
  const bytes = await encode(tree());
  const random = stream(7);
  let refused = 0;
  const start = performance.now();
  for (let k = 0; k < FUZZED; k++) {
    const file = mutated(bytes, random);
    try {
      decode(file);
    } catch (error) {
      if (!(error instanceof WeftError)) throw error;
      refused++;
    }
  }
  expect(refused).toBeGreaterThan(FUZZED / 4);
  expect((performance.now() - start) / FUZZED).toBeLessThan(20);
});

test("a file written by hand with a name of its own can be loaded", async () => {
  const file = join(folder, "by-hand.npy");
  await writeFile(file, await weft.encodeNpy(tensor([3])));
  expect(await (await load(file, zeros([1]))).item()).toBe(3);
});
