import { expect, test } from "vitest";
import { characters, sequences } from "./characters.js";

test("characters are numbered by code point, and numbers give back the text", () => {
  const { vocabulary, encode, decode } = characters("banana—🐋\n");
  expect(vocabulary).toEqual(["\n", "a", "b", "n", "—", "🐋"]);
  expect([...encode("nab🐋")]).toEqual([3, 1, 2, 5]);
  expect(decode(encode("🐋—banana"))).toBe("🐋—banana");
});

test("what is not in the vocabulary is refused with W5007", () => {
  const { encode, decode } = characters("abc");
  expect(() => encode("abd")).toThrow(expect.objectContaining({ code: "W5007" }));
  expect(() => decode([3])).toThrow(expect.objectContaining({ code: "W5007" }));
});

test("sequences lie end to end, each element with its successor", () => {
  const { x, y } = sequences(Int32Array.from([0, 1, 2, 3, 4, 5, 6, 7]), 3);
  expect(x.shape).toEqual([2, 3]);
  expect([...x.data]).toEqual([0, 1, 2, 3, 4, 5]);
  expect([...y.data]).toEqual([1, 2, 3, 4, 5, 6]);
});

test.each([4, 0, 1.5, Number.NaN])(
  "a length of %s that no sequence of 4 characters has is W5008",
  (length) => {
    expect(() => sequences(new Int32Array(4), length)).toThrow(expect.objectContaining({ code: "W5008" }));
  },
);
