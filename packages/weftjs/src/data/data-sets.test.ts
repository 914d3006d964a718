import { expect, test } from "vitest";
import { rows } from "./host-array.js";
import { housing, parseHousing, standardise } from "./housing.js";
import { mnist } from "./mnist.js";
import { readPackageFile } from "./package-file.js";
import { text } from "./text.js";

test("housing has 506 rows of 13 features, each with mean 0 and population deviation 1", async () => {
  const { x, y } = await housing();
  expect(x.shape).toEqual([506, 13]);
  expect(y.shape).toEqual([506, 1]);
  expect([...y.data.subarray(0, 3)].map((price) => price.toFixed(1))).toEqual(["24.0", "21.6", "34.7"]);
  for (let feature = 0; feature < 13; feature++) {
    const column = Array.from(x.data).filter((_, i) => i % 13 === feature);
    const mean = column.reduce((sum, value) => sum + value, 0) / 506;
    const variance = column.reduce((sum, value) => sum + value * value, 0) / 506 - mean * mean;
    expect(mean).toBeCloseTo(0, 5);
    expect(variance).toBeCloseTo(1, 5);
  }
});

test("a constant column standardises to zeros", () => {
  expect(standardise([3, 3, 3])).toEqual([0, 0, 0]);
});

test("a row that is not all numbers is refused with W5003 and its line", () => {
  const parse = (): unknown => parseHousing("a,b\n1,2\n3,x\n");
  expect(parse).toThrow(expect.objectContaining({ code: "W5003" }));
  expect(parse).toThrow("line 3");
});

test("MNIST has 60,000 and 10,000 images of 784 pixels from 0 to 1, and their digits", async () => {
  const { train, test } = await mnist();
  expect(train.x.shape).toEqual([60_000, 784]);
  expect(test.x.shape).toEqual([10_000, 784]);
  expect([...train.y.data.subarray(0, 5)]).toEqual([5, 0, 4, 1, 9]);
  expect([...test.y.data.subarray(0, 5)]).toEqual([7, 2, 1, 0, 4]);
  const image = rows(train.x, 0, 1).data;
  expect(Math.max(...image)).toBe(1);
  expect(Math.min(...image)).toBe(0);
  // The first inked pixel of the first image, row 5, column 12.
  expect(image.findIndex((pixel) => pixel > 0)).toBe(5 * 28 + 12);
  expect(image[5 * 28 + 12]).toBeCloseTo(3 / 255, 7);
});

test("the text is Moby Dick, from its first chapter on", async () => {
  const book = await text();
  expect(book.length).toBeGreaterThan(1_100_000);
  expect(book).toMatch(/^CHAPTER 1\. Loomings\.\s+Call me Ishmael\./);
});

test("a data package that is not installed is W5001 and says what to install", async () => {
  const reading = readPackageFile("weft-no-such-data", "data.csv");
  await expect(reading).rejects.toMatchObject({ code: "W5001" });
  await expect(reading).rejects.toThrow("npm install weft-no-such-data");
});
