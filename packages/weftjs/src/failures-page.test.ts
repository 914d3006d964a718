import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const docs = new URL("../../../docs/", import.meta.url);
const page = readFileSync(fileURLToPath(new URL("failures.md", docs)), "utf8");
const rows = [...page.matchAll(/^\| (\d+) \|.*\]\((\S+)\): “(.+)” \|$/gm)];

test("every failure has its line, and each line the test that it quotes", () => {
  expect(rows.map((row) => Number(row[1]))).toEqual(Array.from({ length: 42 }, (_, k) => k + 1));
  const missing = rows.filter(([, , file, name]) => {
    return !readFileSync(fileURLToPath(new URL(file!, docs)), "utf8").includes(name!);
  });
  expect(missing.map(([line]) => line)).toEqual([]);
});
