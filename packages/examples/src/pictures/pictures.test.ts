import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inflateSync } from "node:zlib";
import { expect, test } from "vitest";
import { blocks, contactSheet } from "./picture.js";
import { encodePng } from "./png.js";
import { savePng } from "./save-png.js";

/** Three images of 2 × 2: white, its diagonal white, out of range. */
const images = { data: Float32Array.from([1, 1, 1, 1, 1, 0, 0, 1, 2, -1, 0.5, 0]), shape: [3, 4] };

test("images stand beside and below each other, what is out of range at its end", () => {
  const { width, height, pixels } = contactSheet(images, 2, 2);
  expect([width, height]).toEqual([4, 4]);
  expect([...pixels]).toEqual([255, 255, 255, 0, 255, 255, 0, 255, 255, 0, 0, 0, 127, 0, 0, 0]);
});

test("block characters show two pixels each", () => {
  expect(blocks(contactSheet(images, 2, 3))).toBe("██▀▄▀");
  expect(blocks({ width: 2, height: 1, pixels: Uint8Array.from([0, 255]) })).toBe(" ▀");
});

test("a PNG file has its size, its rows and the check sums of its chunks", () => {
  const png = encodePng(contactSheet(images, 2, 3));
  const view = new DataView(png.buffer);
  expect(new TextDecoder("latin1").decode(png.subarray(0, 8))).toBe("\x89PNG\r\n\x1a\n");
  expect([view.getUint32(16), view.getUint32(20)]).toEqual([6, 2]);
  const length = view.getUint32(33);
  expect([...inflateSync(png.subarray(41, 41 + length))]).toEqual([
    0, 255, 255, 255, 0, 255, 0, 0, 255, 255, 0, 255, 127, 0,
  ]); // prettier-ignore
  // The check sum of the empty last chunk is the same in every PNG file.
  expect([...png.subarray(-12)]).toEqual([0, 0, 0, 0, 73, 69, 78, 68, 174, 66, 96, 130]);
});

test("a picture is written whole, and W5005 says where it cannot be", async () => {
  const folder = await mkdtemp(join(tmpdir(), "weft-png-"));
  const picture = contactSheet(images, 2, 3);
  await savePng(join(folder, "a.png"), picture);
  expect(new Uint8Array(await readFile(join(folder, "a.png")))).toEqual(encodePng(picture));
  const saving = savePng(join(folder, "none", "b.png"), picture);
  await expect(saving).rejects.toMatchObject({ code: "W5005" });
  expect(await readdir(folder)).toEqual(["a.png"]);
  await rm(folder, { recursive: true });
});
