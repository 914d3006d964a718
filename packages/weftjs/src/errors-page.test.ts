import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, test } from "vitest";
import * as weft from "./index.js";
import * as staging from "./staging.js";
import { transformSource } from "./transform.js";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const page = join(root, "docs/errors.md");

beforeAll(async () => void (await weft.init({ device: "cpu" })));

interface Source {
  readonly name: string;
  readonly text: string;
}

/** Every TypeScript file of every package, by whether it is a test. */
function sources(areTests: boolean): Source[] {
  return (
    readdirSync(join(root, "packages"))
      .flatMap((name) => {
        const files = readdirSync(join(root, "packages", name, "src"), { recursive: true, encoding: "utf8" });
        return files.map((file) => join("packages", name, "src", file).replaceAll("\\", "/"));
      })
      .filter((name) => name.endsWith(".ts") && name.endsWith(".test.ts") === areTests)
      // What `weft check` finds has the code of what would be thrown elsewhere; it throws none of them itself.
      .filter((name) => !name.startsWith("packages/weftjs/src/check/"))
      .map((name) => ({ name, text: readFileSync(join(root, name), "utf8") }))
  );
}

function codesIn(files: readonly Source[], pattern: RegExp): string[] {
  const codes = files.flatMap(({ text }) => [...text.matchAll(pattern)].map((match) => match[1]!));
  return [...new Set(codes)].sort();
}

const THROWN = /"(W\d{4})"/g;
const thrown = codesIn(sources(false), THROWN);

test("the page has a section for every code that the sources throw, in order, and no other", () => {
  const sections = [...readFileSync(page, "utf8").matchAll(/^### (W\d{4}): /gm)].map((match) => match[1]);
  expect(sections).toEqual(thrown);
});

test("every code has a test", () => {
  const tested = codesIn(sources(true), /\b(W\d{4})\b/g);
  expect(thrown.filter((code) => !tested.includes(code))).toEqual([]);
});

/** Thrown from several files, which mean the same by it. A code that is not here belongs to one file. */
const SHARED: Record<string, readonly string[]> = {
  W2003: ["attention.ts", "call-type.ts", "gathering.ts", "linear-algebra.ts", "selection.ts"],
  W2004: ["attention.ts", "linear-algebra.ts", "matmul.ts"],
  W2005: ["call-type.ts", "matmul.ts"],
  W2010: ["source.ts", "stretch.ts"],
  W2011: ["call-type.ts", "source.ts"],
  W2016: ["joining.ts", "movement.ts"],
  W2017: ["joining.ts", "movement.ts"],
  W2104: ["device-tensor.ts", "tensor.ts"],
  W2108: ["attention.ts", "linear-algebra.ts"],
  W2999: ["device-errors.ts", "errors.ts"],
  W4050: ["module-errors.ts", "tensor.ts"],
  W4051: ["jit.ts", "module-errors.ts"],
  W5005: ["files-node.ts", "save-png.ts"],
  W5024: ["files-node.ts", "text.ts"],
};

test("no code stands for two things", () => {
  const homes = new Map<string, Set<string>>();
  for (const file of sources(false)) {
    for (const code of codesIn([file], THROWN)) {
      homes.set(code, (homes.get(code) ?? new Set()).add(file.name.split("/").at(-1)!));
    }
  }
  const shared = [...homes].filter(([, files]) => files.size > 1);
  expect(Object.fromEntries(shared.map(([code, files]) => [code, [...files].sort()]))).toEqual(SHARED);
});

const BLOCK = /```ts( fails)?\n([^]*?)```\n(?:\n```text\n[^]*?```\n)?/g;
const failing: { code: string; example: string }[] = [];
const repairs: { code: string; example: string }[] = [];
for (const section of readFileSync(page, "utf8").split(/^(?=### )/m)) {
  const code = /^### (W\d{4})/.exec(section)?.[1] ?? "";
  for (const [, fails, example] of section.matchAll(BLOCK)) {
    (fails ? failing : repairs).push({ code, example: example! });
  }
}

/** Runs an example with all of `weftjs` in scope, in a block, where it may use the same names. */
async function run(example: string): Promise<void> {
  const AsyncFunction = (async () => undefined).constructor as FunctionConstructor;
  const code = transformSource(example, "example.js")?.code ?? example;
  const body = new AsyncFunction("require", ...Object.keys(weft), `{ ${code} }`) as (
    ...values: unknown[]
  ) => Promise<void>;
  await body(() => staging, ...Object.values(weft));
}

/** What an example throws, as it is shown where its source cannot be read. */
async function messageOf(example: string): Promise<string> {
  const error: unknown = await run(example).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof weft.WeftError)) throw new Error(`this throws ${String(error)}:\n${example}`);
  return new weft.WeftError({ ...error.details, location: undefined, frame: undefined }).message;
}

describe("on the page", () => {
  test.each(failing)("the failing example of $code throws it", async ({ code, example }) => {
    expect(await messageOf(example)).toMatch(`error[${code}]: `);
  });

  test.each(repairs)("the repair of $code works", async ({ example }) => {
    await run(example);
  });

  // `vitest -u` writes them into the page.
  test("each message is the one that Weft gives", async () => {
    const messages = new Map<string, string>();
    for (const { example } of failing) messages.set(example, await messageOf(example));
    const filled = readFileSync(page, "utf8").replace(
      BLOCK,
      (block: string, fails: string, example: string) =>
        fails ? `\`\`\`ts fails\n${example}\`\`\`\n\n\`\`\`text\n${messages.get(example)!}\n\`\`\`\n` : block,
    );
    await expect(filled).toMatchFileSnapshot(page);
  });
});
