import { compile } from "@weftjs/codegen-wgsl";
import { DEFAULT_TARGET, parseGraph } from "@weftjs/ir";
import { beforeAll, describe, expect, test } from "vitest";
import { grad, init, inspect, jit, optim, stats, type Tensor, tensor, tree, zeros } from "../index.js";

beforeAll(async () => void (await init()));

const { adadelta, adagrad, adam, adamw, chain, clipByGlobalNorm, momentum, nesterov, rmsprop, sgd } = optim;

/** One parameter's path in float64, as its paper or Optax's source has it: `step(g, p)` gives the new parameter. */
type Reference = () => (g: number, p: number, t: number) => number;

const adamReference =
  (rate: number, decay: number, [b1, b2, eps]: readonly [number, number, number]): Reference =>
  () => {
    let [m, v] = [0, 0];
    return (g, p, t) => {
      m = b1 * m + (1 - b1) * g;
      v = b2 * v + (1 - b2) * g * g;
      const direction = m / (1 - b1 ** t) / (Math.sqrt(v / (1 - b2 ** t)) + eps);
      return p - rate * (direction + decay * p);
    };
  };

const heavyBall =
  (rate: number, decay: number, isNesterov: boolean): Reference =>
  () => {
    let sum = 0;
    return (g, p) => {
      sum = g + decay * sum;
      return p - rate * (isNesterov ? g + decay * sum : sum);
    };
  };

const CASES: readonly (readonly [string, optim.Optimizer, Reference])[] = [
  ["sgd", sgd(0.1), () => (g, p) => p - 0.1 * g],
  ["sgd with momentum", sgd(0.1, { momentum: 0.5 }), heavyBall(0.1, 0.5, false)],
  ["momentum", momentum(0.1), heavyBall(0.1, 0.9, false)],
  ["nesterov", nesterov(0.1, { decay: 0.8 }), heavyBall(0.1, 0.8, true)],
  [
    "adagrad",
    adagrad(0.1),
    () => {
      let s = 0.1;
      return (g, p) => p - (0.1 * g) / Math.sqrt((s += g * g) + 1e-7);
    },
  ],
  [
    "rmsprop",
    rmsprop(0.01),
    () => {
      let v = 0;
      return (g, p) => p - (0.01 * g) / Math.sqrt((v = 0.9 * v + 0.1 * g * g) + 1e-8);
    },
  ],
  [
    "rmsprop, centered, with momentum",
    rmsprop(0.01, { centered: true, momentum: 0.9, decay: 0.8, eps: 1e-4, initialScale: 0.5 }),
    () => {
      let [v, m, sum] = [0.5, 0, 0];
      return (g, p) => {
        v = 0.8 * v + 0.2 * g * g;
        m = 0.8 * m + 0.2 * g;
        sum = 0.9 * sum - (0.01 * g) / Math.sqrt(v - m * m + 1e-4);
        return p + sum;
      };
    },
  ],
  [
    "adadelta",
    adadelta(0.5),
    () => {
      let [e, d] = [0, 0];
      return (g, p) => {
        e = 0.9 * e + 0.1 * g * g;
        const u = (g * Math.sqrt(d + 1e-6)) / Math.sqrt(e + 1e-6);
        d = 0.9 * d + 0.1 * u * u;
        return p - 0.5 * u;
      };
    },
  ],
  ["adam", adam(0.01), adamReference(0.01, 0, [0.9, 0.999, 1e-8])],
  ["adam without a memory", adam(0.01, { b1: 0, b2: 0, eps: 1e-3 }), adamReference(0.01, 0, [0, 0, 1e-3])],
  ["adamw", adamw(0.01, { weightDecay: 0.1, b2: 0.9 }), adamReference(0.01, 0.1, [0.9, 0.9, 1e-8])],
];

/** Gradients of step t: some zero, of both signs, of different size. */
const gradientAt = (t: number, k: number): number =>
  k % 3 === 0 ? 0 : Math.sin(t * 1.7 + k) * 10 ** (k % 3);

describe("against float64", () => {
  test.each(CASES)("%s follows its formula for 12 steps, in one trace", async (_, optimizer, reference) => {
    let params = { w: tensor([[1, -2, 3], [0.5, 0, -1]]), more: [tensor([7]), "a name"] as const }; // prettier-ignore
    let state = optimizer.init(params);
    const update = jit((g: unknown, s: optim.OptimizerState, p: typeof params) => optimizer.update(g, s, p));
    const values = [1, -2, 3, 0.5, 0, -1, 7];
    const paths = values.map(reference);
    for (let t = 1; t <= 12; t++) {
      const g = values.map((_, k) => gradientAt(t, k));
      const grads = { w: tensor(g.slice(0, 6), { shape: [2, 3] }), more: [tensor(g.slice(6)), "a name"] };
      [params, state] = update(grads, state, params);
      values.forEach((p, k) => (values[k] = paths[k]!(g[k]!, p, t)));
    }
    const got = [...(await params.w.data()), await params.more[0].item()];
    got.forEach((p, k) => expect(p).toBeCloseTo(values[k]!, 4));
    expect(params.more[1]).toBe("a name");
    expect(stats(update)).toMatchObject({ traces: 1 });
  });
});

describe("a step over 10 parameters is at most 3 dispatches", () => {
  const shapes = Array.from({ length: 10 }, (_, k) => [k + 3, 7]);
  // 10 gradients, and 10 parameters before and after, alone are 30 bindings: fewer dispatches do not hold them.
  const optimizers: readonly [string, optim.Optimizer][] = [
    ["sgd", sgd(1e-3)],
    ["momentum", momentum(1e-3)],
    ["nesterov", nesterov(1e-3)],
    ["adagrad", adagrad(1e-3)],
    ["rmsprop", rmsprop(1e-3)],
    ["centered rmsprop", rmsprop(1e-3, { centered: true })],
    ["adadelta", adadelta(1e-3)],
    ["adam", adam(1e-3)],
    ["adamw", adamw(1e-3)],
  ];
  const cases = optimizers.flatMap(([name, optimizer]) =>
    [12, 16].map((most) => [name, most, optimizer] as const),
  );
  test.each(cases)("%s, with %i buffers a kernel", async (_, maxStorageBuffers, optimizer) => {
    const [params, grads] = [shapes.map((shape) => zeros(shape)), shapes.map((shape) => zeros(shape))];
    const update = (g: Tensor[], s: optim.OptimizerState, p: Tensor[]): unknown => optimizer.update(g, s, p);
    const { optimized } = await inspect(update, grads, optimizer.init(params), params);
    for (const kind of ["gpu", "software"] as const) {
      const target = { ...DEFAULT_TARGET, kind, maxStorageBuffers };
      const { dispatches, kernels } = compile(parseGraph(optimized), { target });
      expect(dispatches.length).toBeLessThanOrEqual(3);
      for (const { bindings } of kernels) expect(bindings.length).toBeLessThanOrEqual(maxStorageBuffers);
    }
  });
});

test("Adam's moments in one table and apart give the same parameters", async () => {
  const values = [1, -2, 3, 0.5];
  const optimizer = adam(0.01);
  const after = async (parts: readonly (readonly number[])[]): Promise<number[]> => {
    let params = parts.map((part) => tensor([...part]));
    let state = optimizer.init(params);
    const step = jit((s: optim.OptimizerState, p: Tensor[]) => optimizer.update(p.map((x) => x.sin()), s, p)); // prettier-ignore
    for (let k = 0; k < 5; k++) [params, state] = step(state, params);
    return (await Promise.all(params.map(async (p) => [...(await p.data())]))).flat().map(Number);
  };
  const [table, apart] = [await after([values.slice(0, 3), values.slice(3)]), await after([values])];
  table.forEach((p, k) => expect(p).toBeCloseTo(apart[k]!, 6));
});

test("a large parameter is updated by one kernel with its moments, after one for the bias corrections", async () => {
  const params = [zeros([300, 400])];
  const optimizer = adam(1e-3);
  const update = (g: Tensor[], s: optim.OptimizerState, p: Tensor[]): unknown => optimizer.update(g, s, p);
  expect((await inspect(update, params, optimizer.init(params), params)).dispatches).toBe(2);
});

test("Adam finds the minimum of a bowl, and training goes on from a state that was kept", async () => {
  const loss = (p: { x: Tensor; y: Tensor }): Tensor =>
    p.x.sub(3).square().add(p.y.add(1).square().mul(10)).sum();
  const optimizer = chain(clipByGlobalNorm(1), adam(0.3));
  let params = { x: tensor([0]), y: tensor([0]) };
  let state = optimizer.init(params);
  const step = jit((p: typeof params, s: optim.OptimizerState) => optimizer.update(grad(loss)(p), s, p));
  for (let k = 0; k < 60; k++) [params, state] = step(params, state);
  const { leaves, structure } = tree.flatten(state);
  const copy = await Promise.all(
    leaves.map(async (leaf) => tensor(await (leaf as Tensor).data(), { shape: (leaf as Tensor).shape })),
  );
  state = tree.unflatten(structure, copy) as optim.OptimizerState;
  for (let k = 0; k < 60; k++) [params, state] = step(params, state);
  expect(await params.x.item()).toBeCloseTo(3, 1);
  expect(await params.y.item()).toBeCloseTo(-1, 1);
  expect(stats(step)).toMatchObject({ traces: 1 });
});

describe("clipping", () => {
  const clipped = (maxNorm: number): [{ a: Tensor; b: Tensor[] }, unknown] => {
    const params = { a: tensor([0, 0]), b: [tensor([[0]])] };
    return chain(clipByGlobalNorm(maxNorm), sgd(1)).update({ a: tensor([3, 0]), b: [tensor([[4]])] }, [[], []], params); // prettier-ignore
  };

  test("the global norm is that of all parameters as one vector", async () => {
    expect(await optim.globalNorm({ a: tensor([3, 0]), b: [tensor([[4]])] }).item()).toBeCloseTo(5, 6);
    const [{ a, b }] = clipped(1);
    expect((await a.data())[0]).toBeCloseTo(-0.6, 6);
    expect(await b[0]!.item()).toBeCloseTo(-0.8, 6);
  });

  test("a shorter gradient, and one of zeros, stay as they are", async () => {
    const [{ a, b }] = clipped(6);
    expect([await a.toArray(), await b[0]!.item()]).toEqual([[-3, 0], -4]);
    const zero = { a: tensor([0]) };
    const [same] = chain(clipByGlobalNorm(1), sgd(1)).update(zero, [[], []], zero);
    expect(await same.a.toArray()).toEqual([0]);
  });

  test("clip keeps each element within the limit; decay adds a share of the parameter", async () => {
    const [p] = chain(optim.clip(2), sgd(1)).update([tensor([-3, 1])], [[], []], [tensor([0, 0])]);
    expect(await p[0]!.toArray()).toEqual([2, -1]);
    const [q] = chain(optim.addDecayedWeights(0.5), sgd(1)).update([tensor([1])], [[], []], [tensor([4])]);
    expect(await q[0]!.toArray()).toEqual([1]);
  });
});

describe("schedules", () => {
  const at = async (schedule: optim.Schedule, ...counts: number[]): Promise<number[]> =>
    Promise.all(counts.map((count) => schedule(tensor(count, { dtype: "float32" })).item()));
  const close = (values: readonly number[]): unknown[] => values.map((value) => expect.closeTo(value, 5));

  test.each<[string, optim.Schedule, number[], number[]]>([
    ["constant", optim.constantSchedule(0.5), [0, 9], [0.5, 0.5]],
    ["linear", optim.linearSchedule(1, 0, 4, { transitionBegin: 2 }), [0, 2, 3, 6, 9], [1, 1, 0.75, 0, 0]],
    ["polynomial", optim.polynomialSchedule(1, 0.5, 2, 4), [0, 2, 4], [1, 0.625, 0.5]],
    ["exponential", optim.exponentialDecay(1, 2, 0.25), [0, 1, 2], [1, 0.5, 0.25]],
    ["staircase", optim.exponentialDecay(1, 2, 0.25, { staircase: true, endValue: 0.1 }), [0, 1, 2, 4], [1, 1, 0.25, 0.1]], // prettier-ignore
    ["cosine", optim.cosineDecaySchedule(2, 4, { alpha: 0.5 }), [0, 2, 4, 9], [2, 1.5, 1, 1]],
    ["warm-up", optim.warmupConstantSchedule(0, 1, 4), [0, 1, 4, 9], [0, 0.25, 1, 1]],
    ["warm-up and cosine", optim.warmupCosineDecaySchedule(0, 1, 2, 6, { endValue: 0.2 }), [0, 1, 2, 4, 6], [0, 0.5, 1, 0.6, 0.2]], // prettier-ignore
    ["warm-up and exponential", optim.warmupExponentialDecaySchedule(0, 1, 2, 2, 0.25), [0, 1, 2, 3, 4], [0, 0.5, 1, 0.5, 0.25]], // prettier-ignore
    ["piecewise lines", optim.piecewiseInterpolateSchedule("linear", 1, { 2: 0.5, 6: 2 }), [0, 1, 2, 4, 6, 9], [1, 0.75, 0.5, 0.75, 1, 1]], // prettier-ignore
    ["piecewise cosines", optim.piecewiseInterpolateSchedule("cosine", 1, { 2: 0.5, 6: 2 }), [0, 1, 2, 4, 6], [1, 0.75, 0.5, 0.75, 1]], // prettier-ignore
    ["one cycle", optim.cosineOnecycleSchedule(10, 1, { divFactor: 4, finalDivFactor: 2 }), [0, 3, 10], [0.25, 1, 0.125]], // prettier-ignore
    ["one cycle of lines", optim.linearOnecycleSchedule(10, 1, { divFactor: 4, finalDivFactor: 2, finalShare: 0.8 }), [0, 3, 8, 9, 10], [0.25, 1, 0.25, 0.1875, 0.125]], // prettier-ignore
    ["warm restarts", optim.sgdrSchedule([[0, 1, 1, 2], [0, 2, 1, 3]]), [0, 1, 2, 3, 4, 5, 9], [0, 1, 0, 2, 1, 0, 0]], // prettier-ignore
    ["piecewise", optim.piecewiseConstantSchedule(1, { 2: 0.5, 4: 0.1 }), [1, 2, 4], [1, 0.5, 0.05]],
  ])("%s", async (_, schedule, counts, values) => {
    expect(await at(schedule, ...counts)).toEqual(close(values));
  });

  test("a scheduled rate falls from step to step without a retrace", async () => {
    const optimizer = sgd(optim.exponentialDecay(1, 1, 0.5));
    let params = [tensor([0])];
    let state = optimizer.init(params);
    const update = jit((g: Tensor[], s: optim.OptimizerState, p: Tensor[]) => optimizer.update(g, s, p));
    for (let k = 0; k < 4; k++) [params, state] = update([tensor([-1])], state, params);
    expect(await params[0]!.item()).toBeCloseTo(1.875, 5);
    expect(stats(update)).toMatchObject({ traces: 1 });
  });
});

test("gradients or state of other parameters are refused with W1030", () => {
  const params = { w: zeros([3]), b: zeros([2]) };
  const optimizer = adam(0.1);
  const state = optimizer.init(params);
  const refusal = expect.objectContaining({ code: "W1030" });
  expect(() => optimizer.update({ w: zeros([3]) }, state, params)).toThrow(refusal);
  expect(() => optimizer.update({ w: zeros([3]), b: zeros([3]) }, state, params)).toThrow(refusal);
  expect(() => optimizer.update(params, optimizer.init({ w: zeros([3]) }), params)).toThrow(refusal);
});
