import fc from "fast-check";
import { beforeAll, expect, test } from "vitest";
import { eager, grad, init, jit, stats, sync, type Tensor, tensor } from "../index.js";

beforeAll(async () => void (await init({ device: "cpu" })));

/** What a random program reads from outside; it changes between calls. */
interface World {
  readonly flags: readonly boolean[];
  readonly counts: readonly number[];
  readonly numbers: readonly number[];
  readonly tensors: readonly Tensor[];
}

type Program = (x: Tensor, world: World) => Tensor;

const index = fc.nat({ max: 2 });

/** JavaScript programs of arithmetic, branches, loops, recursion, captures, caught exceptions and gradients. */
const { program } = fc.letrec<{ program: Program }>((tie) => ({
  program: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    fc.constant<Program>((x) => x),
    index.map(
      (k): Program =>
        (x, { tensors }) =>
          x.add(tensors[k]!),
    ),
    index.map(
      (k): Program =>
        (x, { numbers }) =>
          x.mul(numbers[k]!).mul(0.5),
    ),
    fc.tuple(tie("program"), tie("program")).map(
      ([f, g]): Program =>
        (x, world) =>
          g(f(x, world).tanh(), world),
    ),
    fc.tuple(tie("program"), tie("program")).map(
      ([f, g]): Program =>
        (x, world) =>
          f(x, world).sub(g(x, world)),
    ),
    fc.tuple(index, tie("program"), tie("program")).map(
      ([k, f, g]): Program =>
        (x, world) =>
          world.flags[k] ? f(x, world) : g(x, world),
    ),
    fc.tuple(index, tie("program")).map(([k, f]): Program => (x, world) => {
      for (let i = 0; i < world.counts[k]!; i++) x = f(x, world).tanh().add(i);
      return x;
    }),
    fc.tuple(index, tie("program")).map(([k, f]): Program => {
      const recurse = (x: Tensor, world: World, n: number): Tensor =>
        n === 0 ? x : recurse(f(x, world).sin(), world, n - 1);
      return (x, world) => recurse(x, world, world.counts[k]!);
    }),
    fc.tuple(index, tie("program")).map(([k, f]): Program => (x, world) => {
      try {
        const y = f(x, world);
        if (world.flags[k]) throw new Error("taken back");
        return y;
      } catch {
        return x.negative();
      }
    }),
    tie("program").map(
      (f): Program =>
        (x, world) =>
          grad((y: Tensor) => f(y, world).mul(x).sum())(x),
    ),
    tie("program").map((f): Program => {
      const inner = jit(f);
      return (x, world) => inner(x, world);
    }),
  ),
}));

const world = fc.record({
  flags: fc.tuple(fc.boolean(), fc.boolean(), fc.boolean()),
  counts: fc.tuple(index, index, index),
  numbers: fc.tuple(...Array.from({ length: 3 }, () => fc.constantFrom(-1, 0, -0, 0.5, 1, 2))),
  aliases: fc.tuple(index, index, index),
});

test("random programs give the same under jit, eager and as they are, however the world flips", async () => {
  await fc.assert(
    fc.asyncProperty(program, fc.array(world, { minLength: 2, maxLength: 5 }), async (f, worlds) => {
      const [compiled, unfused] = [jit(f), eager(f)];
      const pool = [tensor([0.5, -1]), tensor([2, 0.25]), tensor([-0.75, 1])];
      for (const { aliases, ...rest } of [...worlds, ...worlds]) {
        const now: World = { ...rest, tensors: aliases.map((k) => pool[k]!) };
        const expected = await f(pool[0]!, now).data();
        for (const g of [compiled, unfused]) {
          const got = await g(pool[0]!, now).data();
          got.forEach((value, k) => expect(value).toBeCloseTo(expected[k]!, 4));
        }
      }
      expect(stats(compiled).replays).toBeGreaterThanOrEqual(worlds.length - 1);
      await sync();
    }),
    { numRuns: 150 },
  );
});
