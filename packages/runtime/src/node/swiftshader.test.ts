import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { unpackSwiftShader } from "./swiftshader.js";

const cache = mkdtempSync(join(tmpdir(), "weft-cache-"));
afterAll(() => rmSync(cache, { recursive: true }));

test("the driver is unpacked once and leaves nothing half-done behind", () => {
  const first = unpackSwiftShader(cache);
  expect(JSON.parse(readFileSync(first.driverFile, "utf8"))).toHaveProperty("ICD.library_path");
  expect(existsSync(first.loader)).toBe(true);
  expect(unpackSwiftShader(cache)).toEqual(first);
  expect(readdirSync(cache)).toHaveLength(1);
});

test("a folder that cannot be written is a typed error", () => {
  writeFileSync(join(cache, "a-file"), "");
  expect(() => unpackSwiftShader(join(cache, "a-file"))).toThrow(expect.objectContaining({ code: "W4004" }));
});
