import { beforeAll, expect, test } from "vitest";
import { grad, init, jit, type Tensor, tensor } from "../index.js";
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

/** Away from the constants of the programs, where nothing is decided by a hair. */
const POINTS: readonly (readonly [number, number])[] = [
  [0.7318, -1.1937],
  [-0.3719, 1.6143],
  [2.3171, 0.1379],
];

/** The slope by the first argument, where the differences at two steps on both sides agree on one. */
function slopeOf(f: Program, [a, b]: readonly [number, number]): number | undefined {
  const at = (x: number): number => f(x, b) as number;
  const quotients = [1e-6, -1e-6, 3e-6].map((h) => (at(a + h) - at(a)) / h);
  const [first] = quotients;
  const agree = quotients.every((other) => Math.abs(other - first!) <= 1e-3 * (1 + Math.abs(first!)));
  return agree && Math.abs(first!) < 1e6 ? first : undefined;
}

test("gradients of random programs are those of the way that is taken", async () => {
  let compared = 0;
  for (let seed = 1; seed <= COUNT / 2; seed++) {
    const source = randomModule(drawFrom(seed), "numbers");
    const code = transformSource(source, "random.js", { force: true })!.code;
    for (const point of POINTS) {
      const expected = slopeOf((...args) => run(source)(...args), point);
      if (expected === undefined) continue;
      const slope = jit(grad((x: Tensor) => asTensor(run(code)(x, tensor(point[1])), x))) as (
        x: Tensor,
      ) => Tensor;
      let actual: number;
      try {
        actual = await slope(tensor(point[0])).item();
      } catch (error) {
        if (!["W1054", "W2071"].includes((error as { code?: string }).code ?? ""))
          throw new Error(`seed ${seed}\n${source}`, { cause: error });
        continue;
      }
      compared++;
      if (Math.abs(actual - expected) > 2e-3 * (1 + Math.abs(expected)))
        throw new Error(`seed ${seed} at ${point.join()}: ${actual} for ${expected}\n${source}\n${code}`);
    }
  }
  expect(compared).toBeGreaterThan(COUNT / 4);
}, 3_600_000);

/** A program may come to a number whatever it is given. */
function asTensor(result: Tensor | number, x: Tensor): Tensor {
  return typeof result === "number" ? x.mul(0).add(result) : result;
}
