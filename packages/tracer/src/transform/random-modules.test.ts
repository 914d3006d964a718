import { beforeAll, expect, test } from "vitest";
import { init } from "../index.js";
import { drawFrom, randomModule } from "./testing/random-module.js";
import { transformSource } from "./transform-source.js";
import * as staging from "../staging/index.js";

/** `FUZZ_MODULES=10000` runs the full number. */
const COUNT = Number(process.env.FUZZ_MODULES ?? 200);
const INPUTS: readonly (readonly [unknown, unknown])[] = [
  [1, 2],
  [-0.5, 3],
  ["s", 1],
  [2n, 3n],
  [undefined, { valueOf: () => 4 }],
  [new Date(7), null],
];

beforeAll(async () => void (await init({ device: "cpu" })));

type Program = (...args: readonly unknown[]) => unknown;

/** Runs a script, which needs no TypeScript, and gives its `f`. */
function run(source: string): Program {
  return (new Function("require", `${source}\nreturn f;`) as (require: () => unknown) => Program)(
    () => staging,
  );
}

function transformed(source: string): string {
  return transformSource(source, "random.js", { force: true })!.code;
}

/** What a call comes to, as text: its result, or what it throws. */
function outcome(f: (...args: readonly unknown[]) => unknown, args: readonly unknown[]): string {
  try {
    return describe(f(...args));
  } catch (error) {
    return `throws ${String(error)}`;
  }
}

function describe(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(describe).join()}]`;
  if (Object.is(value, -0)) return "-0";
  if (value instanceof Date) return `Date ${value.getTime()}`;
  return typeof value === "object" && value !== null ? "object" : `${typeof value} ${String(value)}`;
}

test("random programs on any values behave as before the transform", () => {
  for (let seed = 1; seed <= COUNT; seed++) {
    const source = randomModule(drawFrom(seed), "anything");
    const code = transformed(source);
    const [before, after] = [run(source), run(code)];
    for (const args of INPUTS) {
      const expected = outcome(before, args);
      const actual = outcome(after, args);
      if (actual !== expected)
        throw new Error(`seed ${seed}\n${source}\n${code}`, { cause: { expected, actual } });
    }
  }
  expect(COUNT).toBeGreaterThan(0);
}, 3_600_000);
