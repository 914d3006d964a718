import { expect, test } from "vitest";
import { readTar } from "./tar.js";

function header(name: string, size: number, type = "0"): Uint8Array {
  const block = new Uint8Array(512);
  const put = (text: string, at: number): void => block.set(new TextEncoder().encode(text), at);
  put(name, 0);
  put(size.toString(8).padStart(11, "0"), 124);
  put(type, 156);
  return block;
}

function archive(...parts: Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

test("plain files come out, folders do not", () => {
  const content = new Uint8Array(512);
  content.set([1, 2, 3]);
  const files = readTar(archive(header("folder/", 0, "5"), header("a.so", 3), content, new Uint8Array(1024)));
  expect(files.map(({ name }) => name)).toEqual(["a.so"]);
  expect([...files[0]!.content]).toEqual([1, 2, 3]);
});

test("a cut or damaged archive is refused", () => {
  expect(() => readTar(header("a.so", 3))).toThrow("damaged");
  const damaged = header("a.so", 3);
  damaged.set(new TextEncoder().encode("xx"), 124);
  expect(() => readTar(damaged)).toThrow("damaged");
});
