import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type * as fflate from "fflate";
import type ts from "typescript";
import { expect, test } from "vitest";
import { syntax } from "./syntax.js";
import { runPackage } from "./testing/run-package.js";
import { transformSource } from "./transform-source.js";

const store = fileURLToPath(new URL("../../../../node_modules/.pnpm/", import.meta.url));
const PACKAGES =
  "argparse asciichart brace-expansion chai cli-progress debug estree-walker expect-type fflate istanbul-lib-coverage linkify-it lunr magic-string minimatch nanoid pathe picomatch pure-rand semver source-map-js tinybench tinyrainbow".split(
    " ",
  );

/** The folder of an installed package, whoever depends on it. */
function folderOf(name: string): string {
  const versions = readdirSync(store).filter((entry) => entry.startsWith(`${name}@`));
  return join(store, versions.sort().at(-1)!, "node_modules", name);
}

function faultsOf(code: string, file: string): readonly string[] {
  const kind = /\.[cm]?ts$/.test(file) ? syntax.ScriptKind.TS : syntax.ScriptKind.JSX;
  const source = syntax.createSourceFile(file, code, syntax.ScriptTarget.Latest, false, kind);
  // The parser keeps them to itself; it reports them with a program, which needs every other file.
  const { parseDiagnostics } = source as unknown as { parseDiagnostics: readonly ts.Diagnostic[] };
  return parseDiagnostics.map(({ messageText }) => syntax.flattenDiagnosticMessageText(messageText, "\n"));
}

test.each(PACKAGES)("every file of %s parses after the transform, line by line where it was", (name) => {
  const folder = folderOf(name);
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter(
    (file) => /\.[cm]?[jt]s$/.test(file) && !/node_modules|\.min\./.test(file),
  );
  let count = 0;
  for (const file of files) {
    const code = readFileSync(join(folder, file), "utf8");
    if (faultsOf(code, file).length > 0) continue; // Not even JavaScript before.
    const result = transformSource(code, file, { force: true });
    if (!result) continue;
    expect(faultsOf(result.code, file), file).toEqual([]);
    expect(result.code.split("\n").length, file).toBe(code.split("\n").length);
    count++;
  }
  expect(files.length).toBeGreaterThan(0);
  expect(count).toBeGreaterThan(0);
});

const load = createRequire(import.meta.url);

test("fflate compresses and unpacks as before", () => {
  const file = join(folderOf("fflate"), "lib/index.cjs");
  const [own, transformed] = [load(file) as typeof fflate, runPackage(file) as typeof fflate];
  const data = Uint8Array.from({ length: 20_000 }, (_, k) => ((k * k) % 251) ^ (k >> 5));
  const packed = transformed.zlibSync(data, { level: 6 });
  expect(packed).toEqual(own.zlibSync(data, { level: 6 }));
  expect(transformed.unzlibSync(packed)).toEqual(data);
  expect(transformed.unzipSync(own.zipSync({ a: data })).a).toEqual(data);
});

test("semver orders and matches versions as before", () => {
  const file = join(folderOf("semver"), "index.js");
  interface Semver {
    sort(list: string[]): string[];
    satisfies(version: string, range: string): boolean;
    inc(version: string, release: string): string | null;
  }
  const [own, transformed] = [load(file) as Semver, runPackage(file) as Semver];
  const versions = ["1.2.3", "1.10.0-beta.2", "1.10.0", "0.9.9", "1.10.0-beta.10", "2.0.0-rc.1"];
  expect(transformed.sort([...versions])).toEqual(own.sort([...versions]));
  for (const range of ["^1.2.0", "~1.10.0-beta", ">=1.0.0 <2 || 2.x", "1.2 - 1.9", "*"]) {
    expect(versions.map((version) => transformed.satisfies(version, range))).toEqual(
      versions.map((version) => own.satisfies(version, range)),
    );
  }
  expect(versions.map((version) => transformed.inc(version, "prerelease"))).toEqual(
    versions.map((version) => own.inc(version, "prerelease")),
  );
});

test("yaml reads and writes as before", () => {
  const file = join(folderOf("yaml"), "dist/index.js");
  interface Yaml {
    parse(text: string): unknown;
    stringify(value: unknown): string;
  }
  const [own, transformed] = [load(file) as Yaml, runPackage(file) as Yaml];
  const text =
    "a: &x [1, 2.5, .inf, 0x1f]\nb: *x\nc: |\n  several\n  lines\n? [k]\n: {d: ~, e: 'it''s', f: 2001-12-14}\n";
  expect(transformed.stringify(transformed.parse(text))).toBe(own.stringify(own.parse(text)));
});

test("markdown-it renders as before", () => {
  const file = join(folderOf("markdown-it"), "index.mjs");
  const source = readFileSync(file, "utf8");
  expect(source).toContain("export");
  const own = load(folderOf("markdown-it")) as new () => { render(text: string): string };
  const { default: Transformed } = runPackage(file) as {
    default: new () => { render(text: string): string };
  };
  const text =
    "# A *title*\n\n1. one\n2. two `code`\n\n> quote <b>\n\n| a | b |\n|---|:-:|\n| 1 | [x](http://y.z) |\n";
  expect(new Transformed().render(text)).toBe(new own().render(text));
});
