import { beforeAll, expect, test } from "vitest";
import { init, jit, type Tensor, tensor } from "../index.js";
import * as staging from "../staging/index.js";
import { drawFrom, randomModule } from "./testing/random-module.js";
import { transformSource } from "./transform-source.js";

/** `FUZZ_CONTROL_FLOW=10000` runs the full number. */
const COUNT = Number(process.env.FUZZ_CONTROL_FLOW ?? 60);
const INPUTS: readonly (readonly [number, number])[] = [
  [1, 2],
  [-0.5, 0.25],
  [3, -1],
];

beforeAll(async () => void (await init({ device: "cpu" })));

type Program = (...args: readonly unknown[]) => Tensor | number;

function run(source: string): Program {
  return (new Function("require", `${source}\nreturn f;`) as (require: () => unknown) => Program)(
    () => staging,
  );
}

async function valueOf(result: Tensor | number): Promise<number> {
  return typeof result === "number" ? result : result.item();
}

/** Whether two numbers differ by more than float32 explains. */
function differ(a: number, b: number): boolean {
  if (Object.is(a, b) || (Number.isNaN(a) && Number.isNaN(b))) return false;
  return !(Math.abs(a - b) <= 1e-4 * (1 + Math.abs(a)));
}

test("random programs decide on tensors as on numbers, with and without jit", async () => {
  let decided = 0;
  for (let seed = 1; seed <= COUNT; seed++) {
    const source = randomModule(drawFrom(seed), "numbers");
    const code = transformSource(source, "random.js", { force: true })!.code;
    for (const args of INPUTS) {
      const expected = Math.fround(run(source)(...args) as number);
      const tensors = args.map((x) => tensor(x));
      const f = run(code);
      for (const [name, call] of [
        ["plain", run(code)],
        ["jit", jit(f)],
      ] as const) {
        let actual: number;
        try {
          actual = await valueOf(call(...tensors));
        } catch (error) {
          // What cannot be compiled is refused, and nothing else is thrown.
          if ((error as { code?: string }).code !== "W1054")
            throw new Error(`seed ${seed}\n${source}`, { cause: error });
          continue;
        }
        decided++;
        if (differ(expected, actual)) {
          throw new Error(
            `seed ${seed} ${name}(${args.join()}): ${actual} for ${expected}\n${source}\n${code}`,
          );
        }
      }
    }
  }
  expect(decided).toBeGreaterThan(COUNT);
}, 3_600_000);
