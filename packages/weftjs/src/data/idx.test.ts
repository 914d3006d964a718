import { expect, test } from "vitest";
import { parseIdx } from "./idx.js";

const header = [0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 3];

test("an idx file gives its shape and its bytes, without a copy", () => {
  const bytes = Uint8Array.from([...header, 1, 2, 3, 4, 5, 6]);
  const { data, shape } = parseIdx(bytes, "test");
  expect(shape).toEqual([2, 3]);
  expect([...data]).toEqual([1, 2, 3, 4, 5, 6]);
  expect(data.buffer).toBe(bytes.buffer);
});

test.each([
  ["of another format", [1, 2, 3, 4, 5]],
  ["empty", []],
  ["with a header cut short", header.slice(0, 7)],
  ["with too little data", [...header, 1, 2, 3]],
  ["with too much data", [...header, 1, 2, 3, 4, 5, 6, 7]],
])("a file %s is refused with W5002", (_, bytes) => {
  expect(() => parseIdx(Uint8Array.from(bytes), "test")).toThrow(expect.objectContaining({ code: "W5002" }));
});
