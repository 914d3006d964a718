import fc from "fast-check";
import { beforeAll, expect, test } from "vitest";
import { eager, grad, init, jit, stats, sync, type Tensor, tensor } from "../index.js";

beforeAll(async () => void (await init({ device: "cpu" })));

/** What a random program reads from outside; it changes between calls. */
interface World {
  readonly flags: readonly boolean[];
  readonly counts: readonly number[];
  readonly tensors: readonly Tensor[];
}

/** What a program asks of whoever runs it: the content of a scalar, a gradient of a part of it, a pause. */
type Wish =
  | { readonly kind: "read"; readonly tensor: Tensor }
  | { readonly kind: "slope"; readonly of: (x: Tensor) => Running; readonly at: Tensor }
  | { readonly kind: "pause"; readonly long: boolean };

type Running = Generator<Wish, Tensor, number & Tensor>;
type Program = (x: Tensor, world: World) => Running;

/** What the reads of a run gave, in order; those inside of a gradient in a list of their own. */
type Log = (number | Log)[];

const later = (): Promise<void> => new Promise((done) => setTimeout(done, 0));

/** As an async function does it, with gradients of async functions. */
async function traced(running: Running): Promise<Tensor> {
  let step = running.next();
  while (!step.done) {
    const wish = step.value;
    let answer: unknown;
    if (wish.kind === "read") answer = await wish.tensor.item();
    else if (wish.kind === "slope")
      answer = await grad(async (x: Tensor) => (await traced(wish.of(x))).sum())(wish.at);
    else if (wish.long) await later();
    else await Promise.resolve();
    step = running.next(answer as never);
  }
  return step.value;
}

/** Without any read in a trace: on tensors that have content, with gradients of the twin. */
async function plain(running: Running, log: Log): Promise<Tensor> {
  let step = running.next();
  while (!step.done) {
    const wish = step.value;
    let answer: unknown;
    if (wish.kind === "read") log.push((answer = await wish.tensor.item()) as number);
    else if (wish.kind === "slope") {
      const inner: Log = [];
      await plain(wish.of(wish.at), inner);
      log.push(inner);
      answer = grad((x: Tensor) => twin(wish.of(x), inner).sum())(wish.at);
    }
    step = running.next(answer as never);
  }
  return step.value;
}

/** The same program in one go, where reads give what is in the log. */
function twin(running: Running, log: Log): Tensor {
  let at = 0;
  let step = running.next();
  while (!step.done) {
    const wish = step.value;
    let answer: unknown;
    if (wish.kind === "read") answer = log[at++];
    else if (wish.kind === "slope") {
      const inner = log[at++] as Log;
      answer = grad((x: Tensor) => twin(wish.of(x), inner).sum())(wish.at);
    }
    step = running.next(answer as never);
  }
  return step.value;
}

const index = fc.nat({ max: 2 });

/** Programs with reads that decide and reads that scale, loops, captures, failures, gradients, pauses. */
const { program } = fc.letrec<{ program: Program }>((tie) => ({
  program: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    fc.constant<Program>(function* (x) {
      yield { kind: "pause", long: false };
      return x;
    }),
    index.map(
      (k): Program =>
        function* (x, { tensors }) {
          yield { kind: "pause", long: false };
          return x.mul(tensors[k]!);
        },
    ),
    fc.boolean().map(
      (long): Program =>
        function* (x) {
          yield { kind: "pause", long };
          return x.tanh();
        },
    ),
    fc.constant<Program>(function* (x) {
      const s: number = yield { kind: "read", tensor: x.sum() };
      return x.mul(Math.tanh(s)).add(x.square());
    }),
    fc.tuple(tie("program"), tie("program"), tie("program")).map(
      ([f, g, h]): Program =>
        function* (x, world) {
          const y = yield* f(x, world);
          const m: number = yield { kind: "read", tensor: y.mean() };
          return (m > 0.1 ? yield* g(y, world) : yield* h(x, world)).add(y);
        },
    ),
    fc.tuple(tie("program"), tie("program")).map(
      ([f, g]): Program =>
        function* (x, world) {
          const y = yield* f(x, world);
          return (yield* g(x.sin(), world)).sub(y);
        },
    ),
    fc.tuple(index, tie("program")).map(
      ([k, f]): Program =>
        function* (x, world) {
          let total = x;
          for (let i = 0; i < world.counts[k]!; i++) {
            x = (yield* f(x, world)).tanh().add(i);
            total = total.add(x);
            const s: number = yield { kind: "read", tensor: x.max() };
            if (s > 1.5) break;
          }
          return total;
        },
    ),
    fc.tuple(index, tie("program")).map(
      ([k, f]): Program =>
        function* (x, world) {
          try {
            const y = yield* f(x, world);
            if (world.flags[k]) throw new Error("taken back");
            return y;
          } catch {
            return x.negative();
          }
        },
    ),
    tie("program").map(
      (f): Program =>
        function* (x, world) {
          const slope: Tensor = yield { kind: "slope", of: (y) => f(y, world), at: x };
          return slope.tanh().add(x);
        },
    ),
    tie("program").map(
      (f): Program =>
        function* (x, world) {
          const c = x.mul(0.5);
          const of = function* (y: Tensor): Running {
            const z = yield* f(y.mul(c), world);
            const s: number = yield { kind: "read", tensor: z.mul(c).sum() };
            return z.mul(y).mul(s > 0 ? 1 : -0.5);
          };
          const slope: Tensor = yield { kind: "slope", of, at: c };
          return slope.tanh();
        },
    ),
  ),
}));

const world = fc.record({
  flags: fc.tuple(fc.boolean(), fc.boolean(), fc.boolean()),
  counts: fc.tuple(index, index, index),
  aliases: fc.tuple(index, index, index),
});

test("random async programs give the same under jit, eager, as they are, and all at once", async () => {
  await fc.assert(
    fc.asyncProperty(program, fc.array(world, { minLength: 2, maxLength: 4 }), async (f, worlds) => {
      const run = async (x: Tensor, now: World): Promise<Tensor> => traced(f(x, now));
      const [compiled, unfused] = [jit(run), eager(run)];
      const pool = [tensor([0.5, -1]), tensor([2, 0.25]), tensor([-0.75, 1])];
      const isLike = async (got: Tensor, expected: ArrayLike<number>): Promise<void> =>
        (await got.data()).forEach((value, k) => expect(value).toBeCloseTo(expected[k]!, 4));
      const all = [...worlds, ...worlds].map(({ aliases, ...rest }): World => {
        return { ...rest, tensors: aliases.map((k) => pool[k]!) };
      });
      const expected: ArrayLike<number>[] = [];
      for (const now of all) expected.push(await (await plain(f(pool[0]!, now), [])).data());
      for (const [k, now] of all.entries()) {
        for (const g of [run, compiled, unfused]) await isLike(await g(pool[0]!, now), expected[k]!);
      }
      const { traces } = stats(compiled);
      expect(traces).toBeLessThanOrEqual(worlds.length);
      const together = await Promise.all(all.map((now) => compiled(pool[0]!, now)));
      for (const [k, got] of together.entries()) await isLike(got, expected[k]!);
      await sync();
    }),
    { numRuns: Number(process.env.FUZZ_RUNS ?? 150) },
  );
});
