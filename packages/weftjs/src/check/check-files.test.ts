import { stripVTControlCharacters } from "node:util";
import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from "node:fs/promises";
import { readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import type ts from "typescript";
import { afterAll, beforeAll, expect, test } from "vitest";
import { compiler } from "../hosts/compiler.js";
import { checkFiles } from "./check-files.js";
import type { Finding } from "./finding.js";
import { INNOCENT, MISTAKES } from "./fixtures/mistakes.js";
import { projectOf } from "../commands/project.js";
import { placeOf, renderFinding } from "./render.js";

const root = fileURLToPath(new URL("../../../../", import.meta.url));

const HEADER = `import * as w from "weftjs/math";
import type { Tensor } from "weftjs/math";
declare const x: Tensor, y: Tensor, list: Tensor[], n: number;
`;

let folder: string;
let found: readonly Finding[];

beforeAll(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), "weft-check-")));
  await mkdir(join(folder, "node_modules"));
  await symlink(join(root, "packages/weftjs"), join(folder, "node_modules/weftjs"), "junction");
  const files = Object.entries({ ...MISTAKES, innocent: INNOCENT });
  const names: string[] = [];
  for (const [name, text] of files) {
    names.push(join(folder, `${name.replaceAll(" ", "-")}.ts`));
    await writeFile(names.at(-1)!, HEADER + text);
  }
  await writeFile(join(folder, "unmarked.ts"), 'export const a: number = "1";\n');
  found = await checkFiles([...names, join(folder, "unmarked.ts")], options());
}, 120_000);

afterAll(() => rm(folder, { recursive: true }));

/** Those of a user, who has the sources in place of the build. */
function options(): ts.CompilerOptions {
  const { options } = projectOf([join(root, "tsconfig.json")]);
  return {
    ...options,
    types: [],
    lib: ["lib.es2023.d.ts", "lib.esnext.disposable.d.ts", "lib.dom.d.ts"],
    noUncheckedIndexedAccess: false,
  };
}

const inFile = (name: string): Finding[] =>
  found.filter(({ file }) => basename(file) === `${name.replaceAll(" ", "-")}.ts`);

/** `line: CODE` of each. */
function lines(findings: readonly Finding[]): string[] {
  return findings.map(
    ({ file, start, code }) => `${placeOf(readFileSync(file, "utf8"), start).line}: ${code}`,
  );
}

test.each(Object.entries(MISTAKES))("finds %s, each at its line, and nothing else", (name, text) => {
  const wanted = (HEADER + text).split("\n").flatMap((line, k) => {
    const codes = [...line.matchAll(/!(\w+)/g)].map(([, code]) => code!);
    return line.includes("// !") ? [`${k + 1}: ${codes.join(" or ")}`] : [];
  });
  const got = lines(inFile(name));
  // Where two codes are fair, either will do.
  const normal = got.map((line) => wanted.find((one) => matches(one, line)) ?? line);
  expect(normal).toEqual(wanted);
});

function matches(wanted: string, got: string): boolean {
  const [[line, codes], [gotLine, code]] = [wanted.split(": "), got.split(": ")];
  return line === gotLine && codes!.split(" or ").includes(code!);
}

test("the corpus has 40 mistakes and more", () => {
  const planted = Object.values(MISTAKES).flatMap((text) => text.match(/\/\/ !/g));
  expect(planted.length).toBeGreaterThanOrEqual(40);
});

test("what is right passes", () => {
  expect(lines(inFile("innocent"))).toEqual([]);
});

test("files that do not import from the library are TypeScript's to check", () => {
  expect(inFile("unmarked")).toEqual([]);
});

test("no false alarm on the examples", async () => {
  const examples = projectOf([join(root, "tsconfig.operators.json")]);
  expect(lines(await checkFiles(examples.files, examples.options))).toEqual([]);
  const { files, options } = projectOf([join(root, "tsconfig.json")]);
  const models = files.filter((file) => /examples[\\/]src[\\/]models/.test(file));
  expect(models.length).toBeGreaterThan(5);
  expect(lines(await checkFiles(models, options))).toEqual([]);
}, 120_000);

test("what may be missing is no operand, where the project looks at indices", async () => {
  const file = join(folder, "indices.ts");
  await writeFile(
    file,
    `${HEADER}export const a = w.relu(list[0]);\nexport const b = list[1] * 2;\nexport const c = list[2]! + x;\n`,
  );
  const found = await checkFiles([file], { ...options(), noUncheckedIndexedAccess: true });
  expect(lines(found)).toEqual(["4: W1002", "5: W1002"]);
}, 120_000);

test("a finding is shown with its line, marked where it is", () => {
  const finding = inFile("shapes that the source says")[0]!;
  // Where CI is set, terminals are taken to have colours.
  const shown = stripVTControlCharacters(renderFinding({ ...finding, file: finding.file }));
  const text = shown.replace(/-->.*:(\d+:\d+)/, "--> file:$1");
  expect(text).toMatchInlineSnapshot(`
    "error[W2004]: matmul needs equal inner sizes, got 3 and 4
      --> file:5:19
    5 | export const a1 = w.matmul(w.zeros([2, 3]), w.zeros([4, 5])); // !W2004
      |                   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
      = note: left operand is f32[2,3], right operand is f32[4,5]"
  `);
});

test("a tsconfig.json that is not there is W5015", () => {
  expect(() => projectOf([join(folder, "nowhere")])).toThrow(expect.objectContaining({ code: "W5015" }));
  expect(() => projectOf([folder])).toThrow(expect.objectContaining({ code: "W5015" }));
});

test("files without a tsconfig.json are checked strictly", () => {
  expect(projectOf([join(folder, "unmarked.ts")]).options.strict).toBe(true);
  expect(compiler.version).toMatch(/^6\./);
});
