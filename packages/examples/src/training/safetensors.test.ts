import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { tensor } from "weftjs";
import { encodeSafetensors, namedTensors, saveSafetensors } from "./safetensors.js";

let folder: string;
beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), "weft-safetensors-"))));
afterAll(() => rm(folder, { recursive: true }));

const params = [{ w: tensor([[1, 2], [3, 4.5]]), b: tensor([7], { dtype: "int32" }) }]; // prettier-ignore

test("the header says where each tensor lies, and the data lies there", async () => {
  const file = join(folder, "params.safetensors");
  await saveSafetensors(file, params);
  const bytes = await readFile(file);
  const headerLength = Number(bytes.readBigUInt64LE(0));
  expect((8 + headerLength) % 8).toBe(0);
  const header: unknown = JSON.parse(bytes.subarray(8, 8 + headerLength).toString());
  expect(header).toEqual({
    "0.w": { dtype: "F32", shape: [2, 2], data_offsets: [0, 16] },
    "0.b": { dtype: "I32", shape: [1], data_offsets: [16, 20] },
  });
  const data = bytes.subarray(8 + headerLength);
  expect(data).toHaveLength(20);
  expect(data.readFloatLE(12)).toBe(4.5);
  expect(data.readInt32LE(16)).toBe(7);
  expect(await readdir(folder)).toEqual(["params.safetensors"]);
});

test("a tensor may be called __proto__", async () => {
  const bytes = await encodeSafetensors(new Map([["__proto__", tensor([1])]]));
  expect(new TextDecoder().decode(bytes)).toContain('{"__proto__":{"dtype":"F32"');
});

test("names are paths, and what is no tensor has none", () => {
  expect([...namedTensors({ a: [params[0]!.w], lr: 0.1, no: null }).keys()]).toEqual(["a.0"]);
});

test("a file that cannot be written is W5005", async () => {
  const saving = saveSafetensors(join(folder, "no-such-folder", "x"), params);
  await expect(saving).rejects.toMatchObject({ code: "W5005" });
});
