import fc from "fast-check";
import { beforeAll, expect, test } from "vitest";
import {
  add,
  cond,
  eager,
  forLoop,
  grad,
  greater,
  init,
  jit,
  jvp,
  less,
  multiply,
  scan,
  stack,
  type Tensor,
  tanh,
  tensor,
  vmap,
  whileLoop,
} from "../index.js";

const RUNS = Number(process.env.FUZZ_RUNS ?? 60);
const seed = Number(process.env.FUZZ_SEED ?? 20261126);

beforeAll(async () => void (await init({ device: "cpu" })));

/** A program on two numbers. Loops without known count end, as each iteration takes their counter on. */
type Program =
  | { readonly kind: "x" | "y" }
  | { readonly kind: "constant"; readonly value: number }
  | { readonly kind: "add" | "multiply"; readonly a: Program; readonly b: Program }
  | { readonly kind: "tanh"; readonly a: Program }
  | { readonly kind: "if"; readonly test: Program; readonly a: Program; readonly b: Program }
  | {
      readonly kind: "for" | "while" | "scan";
      readonly count: number;
      readonly start: Program;
      readonly body: Program;
    };

const { program } = fc.letrec<{ program: Program }>((tie) => ({
  program: fc.oneof(
    { depthSize: "medium", withCrossShrink: true, maxDepth: 4 },
    fc.constantFrom<Program>({ kind: "x" }, { kind: "y" }),
    fc.record({
      kind: fc.constant("constant"),
      value: fc.constantFrom(0.3, -0.7, 1.1),
    }) as fc.Arbitrary<Program>,
    fc.record({
      kind: fc.constantFrom("add", "multiply"),
      a: tie("program"),
      b: tie("program"),
    }) as fc.Arbitrary<Program>,
    fc.record({ kind: fc.constant("tanh"), a: tie("program") }) as fc.Arbitrary<Program>,
    fc.record({
      kind: fc.constant("if"),
      test: tie("program"),
      a: tie("program"),
      b: tie("program"),
    }) as fc.Arbitrary<Program>,
    fc.record({
      kind: fc.constantFrom("for", "while", "scan"),
      count: fc.nat(3),
      start: tie("program"),
      body: tie("program"),
    }) as fc.Arbitrary<Program>,
  ),
}));

/** In plain JavaScript. Inside a loop, `y` is what is carried; each iteration's result is squashed, so nothing grows. */
function plain(p: Program, x: number, y: number): number {
  switch (p.kind) {
    case "x":
      return x;
    case "y":
      return y;
    case "constant":
      return p.value;
    case "add":
      return plain(p.a, x, y) + plain(p.b, x, y);
    case "multiply":
      return plain(p.a, x, y) * plain(p.b, x, y);
    case "tanh":
      return Math.tanh(plain(p.a, x, y));
    case "if":
      return plain(plain(p.test, x, y) > 0.11 ? p.a : p.b, x, y);
    case "for":
    case "while":
    case "scan": {
      let carried = plain(p.start, x, y);
      let made = 0;
      for (let i = 0; i < p.count; i++) {
        carried = Math.tanh(plain(p.body, x, carried) + 0.1 * i);
        made += carried * (i + 1);
      }
      return p.kind === "scan" ? carried + made : carried;
    }
    default:
      return p satisfies never;
  }
}

function staged(p: Program, x: Tensor, y: Tensor): Tensor {
  switch (p.kind) {
    case "x":
      return x;
    case "y":
      return y;
    case "constant":
      return tensor(p.value);
    case "add":
      return add(staged(p.a, x, y), staged(p.b, x, y));
    case "multiply":
      return multiply(staged(p.a, x, y), staged(p.b, x, y));
    case "tanh":
      return tanh(staged(p.a, x, y));
    case "if":
      return cond(
        greater(staged(p.test, x, y), 0.11),
        () => staged(p.a, x, y),
        () => staged(p.b, x, y),
      );
    case "for": {
      const { body } = p;
      return forLoop(
        0,
        p.count,
        (i, carried) => tanh(staged(body, x, carried).add(i.mul(0.1))),
        staged(p.start, x, y),
      );
    }
    case "while": {
      const { body, count } = p;
      return whileLoop(
        ([i]) => less(i, count),
        ([i, carried]) => [i.add(1), tanh(staged(body, x, carried).add(i.mul(0.1)))] as const,
        [tensor(0), staged(p.start, x, y)] as const,
      )[1];
    }
    case "scan": {
      const { body, count } = p;
      const start = staged(p.start, x, y);
      if (count === 0) return start;
      const steps = stack(Array.from({ length: count }, (_, i) => tensor(i)));
      const [last, made] = scan(
        (carried: Tensor, i: Tensor): [Tensor, Tensor] => {
          const next = tanh(staged(body, x, carried).add(i.mul(0.1)));
          return [next, next.mul(i.add(1))];
        },
        start,
        steps,
      );
      return last.add(made.sum());
    }
    default:
      return p satisfies never;
  }
}

const POINTS = [
  [0.5, -0.25],
  [-0.9, 0.6],
  [1.3, 0.2],
] as const;

/** Whether a condition is so near its threshold that a derivative means nothing. */
function isSmooth(p: Program, x: number, y: number): boolean {
  const at = (dx: number, dy: number): number => plain(p, x + dx, y + dy);
  const [left, right] = [at(0, 0) - at(-1e-4, 0), at(1e-4, 0) - at(0, 0)];
  const [below, above] = [at(0, 0) - at(0, -1e-4), at(0, 1e-4) - at(0, 0)];
  return Math.abs(left - right) < 1e-6 && Math.abs(below - above) < 1e-6;
}

test("random programs with branches and loops, and their derivatives, are what plain JavaScript makes of them", async () => {
  await fc.assert(
    fc.asyncProperty(program, async (p) => {
      const f = (x: Tensor, y: Tensor): Tensor => staged(p, x, y).add(x.mul(0));
      const [compiled, slow] = [jit(f), eager(f)];
      const slope = jit(grad(f, [0, 1]));
      for (const [x, y] of POINTS) {
        const wanted = plain(p, x, y);
        expect(await compiled(tensor(x), tensor(y)).item()).toBeCloseTo(wanted, 4);
        expect(await slow(tensor(x), tensor(y)).item()).toBeCloseTo(wanted, 4);
        if (!isSmooth(p, x, y)) continue;
        const dx = (plain(p, x + 1e-5, y) - plain(p, x - 1e-5, y)) / 2e-5;
        const dy = (plain(p, x, y + 1e-5) - plain(p, x, y - 1e-5)) / 2e-5;
        const [gotX, gotY] = slope(tensor(x), tensor(y));
        expect(await gotX.item()).toBeCloseTo(dx, 3);
        expect(await gotY.item()).toBeCloseTo(dy, 3);
        const [, pushed] = jvp(f, [tensor(x), tensor(y)], [tensor(1), tensor(2)]);
        expect(await pushed.item()).toBeCloseTo(dx + 2 * dy, 3);
      }
      const many = await vmap(f)(tensor(POINTS.map(([x]) => x)), tensor(POINTS.map(([, y]) => y))).data();
      POINTS.forEach(([x, y], k) => expect(many[k]).toBeCloseTo(plain(p, x, y), 4));
    }),
    { numRuns: RUNS, seed },
  );
}, 120_000);
