import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { originalPositionFor, TraceMap } from "@jridgewell/trace-mapping";
import { afterEach, beforeEach, expect, test } from "vitest";
import { buildFiles } from "./build-files.js";

let folder: string;

beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), "weft-build-"))));
afterEach(() => rm(folder, { recursive: true }));

async function files(texts: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, text] of Object.entries({ "package.json": '{ "type": "module" }', ...texts })) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), text);
  }
}

const build = async (...entries: string[]): Promise<string[]> => {
  const written = await buildFiles(
    entries.map((name) => join(folder, name)),
    join(folder, "out"),
  );
  return written.map((file) => relative(join(folder, "out"), file)).filter((name) => !name.endsWith(".map"));
};

const built = (name: string): Promise<string> => readFile(join(folder, "out", name), "utf8");

test("a file comes with what it imports by path, under its folders, and imports name the results", async () => {
  await files({
    "src/main.ts": `import { twice } from "./lib/twice.ts";\nimport data from "./data.json" with { type: "json" };\nexport { half } from "./half";\nconsole.log(twice(2), data);\n`,
    "src/lib/twice.ts": `import type { Tensor } from "weftjs/math";\nexport const twice = (x: Tensor): Tensor => x * 2;\n`,
    "src/half.mts": "export const half = (x: number): number => x / 2;\n",
    "src/half.ts": "export const half = (x: number): number => x / 2;\n",
    "src/data.json": "{}",
  });
  expect((await build("src/main.ts")).sort()).toEqual(["data.json", "half.js", "lib/twice.js", "main.js"]);
  const main = await built("main.js");
  expect(main).toContain('from "./lib/twice.js"');
  expect(main).toContain('from "./data.json"');
  expect(main).toContain('from "./half.js"');
  const twice = await built("lib/twice.js");
  expect(twice).toContain("multiply(x, 2");
  expect(twice).not.toContain(": Tensor");
});

test("the map beside a result leads to the source, by line and column", async () => {
  await files({
    "model.ts": `import type { Tensor } from "weftjs/math";\n\nexport const f = (x: Tensor): Tensor => {\n  const y = x * 2;\n  return y - x;\n};\n`,
  });
  await build("model.ts");
  const code = (await built("model.js")).split("\n");
  const line = code.findIndex((text) => text.includes("return"));
  const trace = new TraceMap(await built("model.js.map"));
  const place = originalPositionFor(trace, { line: line + 1, column: code[line]!.indexOf("return") });
  expect(place).toMatchObject({ source: "../model.ts", line: 5, column: 2 });
  expect(code.at(-2)).toBe("//# sourceMappingURL=model.js.map");
});

test("a file that is not there is W5013, and names who imports it", async () => {
  await files({ "main.ts": 'import "./gone.js";\n' });
  await expect(build("other.ts")).rejects.toMatchObject({ code: "W5013" });
  await expect(build("main.ts")).rejects.toThrow(/main\.ts imports .*gone\.js/);
});

test("two files that would become one are W5014", async () => {
  await files({ "a.ts": "export {};\n", "a.js": "export {};\n" });
  await expect(build("a.ts", "a.js")).rejects.toMatchObject({ code: "W5014" });
});
