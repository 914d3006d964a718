import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { weft } from "./rollup.js";
import { MARK, SCRIPT, transformFile } from "./transform-file.js";

const MARKED = 'import type { Tensor } from "weftjs/math";\nexport const f = (x: Tensor) => x * 2;\n';
const UNMARKED = "export const f = (x: number) => x * 2;\n";
const here = fileURLToPath(new URL(".", import.meta.url));

test("marked files are transformed, whatever a bundler appends to their names", () => {
  for (const id of ["/app/a.ts", "/app/a.ts?v=1", "/app/a.tsx", "/app/a.mts"])
    expect(transformFile(MARKED, id)?.code, id).toMatch(/multiply\(x ?, 2/);
});

test("other files, virtual modules and unmarked ones are not", () => {
  for (const id of ["/app/a.css", "/app/a.vue", "\0virtual.ts", "/app/a.json"])
    expect(transformFile(MARKED, id), id).toBeNull();
  expect(transformFile(UNMARKED, "/app/a.ts")).toBeNull();
});

test("the library itself is never transformed, installed or in its repository, by no option", () => {
  const own = [
    "/app/node_modules/weftjs/dist/index.js",
    "/app/node_modules/@weftjs/tracer/dist/index.js",
    join(here, "rollup.ts"),
    join(here, "../../../tracer/src/tensor.ts"),
  ];
  for (const id of own) expect(transformFile(MARKED, id, { include: /./ }), id).toBeNull();
});

test("include adds files, exclude takes some away, by pattern or by a part of the path", () => {
  expect(transformFile(UNMARKED, "/app/src/a.ts", { include: "src/" })?.code).toContain("multiply");
  expect(transformFile(UNMARKED, "/app/lib/a.ts", { include: ["src/", /b\.ts$/] })).toBeNull();
  expect(transformFile(MARKED, "/app/src/a.ts", { exclude: /src/ })).toBeNull();
  expect(transformFile(UNMARKED, "/app/src/a.ts", { include: "src/", exclude: /a\.ts/ })).toBeNull();
});

test("a bundler that knows filters hands over marked files alone; with include, all scripts", () => {
  const { filter } = weft().transform;
  expect(filter).toEqual({ id: SCRIPT, code: MARK });
  expect([MARKED, '"use weft";\n', UNMARKED].map((code) => MARK.test(code))).toEqual([true, true, false]);
  expect(weft({ include: "src/" }).transform.filter).toEqual({ id: SCRIPT });
});

test("an unmarked file costs a search for two words, a thousandth of reading it", () => {
  const long = UNMARKED.repeat(3000);
  transformFile(long, "/app/a.ts");
  const start = process.cpuUsage();
  for (let i = 0; i < 100; i++) transformFile(long, "/app/a.ts");
  const { user, system } = process.cpuUsage(start);
  expect((user + system) / 100 / 1000).toBeLessThan(2); // milliseconds for 120 kB
});
