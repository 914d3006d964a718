import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { save, tensor } from "weftjs";
import { bookOf, loadBook } from "./book.js";
import { loadTextWeights, withVocabulary } from "./weights.js";

let folder: string;
beforeAll(async () => (folder = await mkdtemp(join(tmpdir(), "weft-text-"))));
afterAll(() => rm(folder, { recursive: true }));

const code = (code: string): unknown => expect.objectContaining({ code });

test("a tenth of what is trained on is held out behind it, and the vocabulary is the whole text's", () => {
  const book = bookOf("ab".repeat(60) + "c", 4, 80);
  expect(book.characters.vocabulary).toEqual(["a", "b", "c"]);
  expect(book.train.x.shape).toEqual([20, 4]);
  expect([...book.train.y.data.subarray(-2)]).toEqual([1, 0]);
  expect(book.test.x.shape).toEqual([1, 4]);
  expect(bookOf("ab".repeat(33), 4).train.x.shape).toEqual([15, 4]);
});

test("of Moby Dick the first 400,000 characters are trained on, the next 40,000 held out; they are of 83 kinds", async () => {
  const book = await loadBook(undefined, 50);
  expect(book.characters.vocabulary).toHaveLength(83);
  expect(book.train.x.shape).toEqual([8000, 50]);
  expect(book.test.x.shape).toEqual([799, 50]);
});

test("a text of one's own is read, one that is missing or too short is refused", async () => {
  const file = join(folder, "own.txt");
  await writeFile(file, "Grüße\n".repeat(20));
  expect((await loadBook(file, 3)).characters.vocabulary).toEqual(["\n", "G", "e", "r", "ß", "ü"]);
  await expect(loadBook(file, 20)).rejects.toEqual(code("W5008"));
  await expect(loadBook(join(folder, "none.txt"), 3)).rejects.toEqual(code("W5024"));
});

test("weights come back with the text that they are for, and are refused with another", async () => {
  const file = join(folder, "weights.safetensors");
  const [own, other] = [bookOf("abc".repeat(20), 2), bookOf("abd".repeat(20), 2)];
  await save(file, withVocabulary({ w: tensor([1, 2]) }, own));
  const { w } = await loadTextWeights(file, own, { w: tensor([0, 0]) });
  expect([...(await w.data())]).toEqual([1, 2]);
  const loading = loadTextWeights(file, other, { w: tensor([0, 0]) });
  await expect(loading).rejects.toEqual(code("W5009"));
  await expect(loading).rejects.toThrow('number 2 of the text is "d", of the weights "c"');
});
