/**
 * A net as tall as its input (Goller and Küchler, 1996): it finds the value of nested expressions like
 * `((1 and 0) xor 1)`. Recursion of plain TypeScript follows each expression, so every shape of expression makes its own
 * graph: it is traced and compiled when it is met first and replayed from then on.
 */
import {
  adam,
  bceWithLogits,
  concat,
  dot,
  eager,
  glorotUniform,
  jit,
  matmul,
  type OptimizerState,
  random,
  stats,
  tanh,
  type Tensor,
  valueAndGrad,
  zeros,
} from "weftjs";
import { silent, type Monitor } from "../training/monitor.js";
import type { TrainOptions } from "../training/options.js";
import { accuracyOnExpressions } from "../trees/accuracy-on-expressions.js";
import { evaluate, type Expression, type ExpressionSet, GATES } from "../trees/expression.js";
import { defaults } from "./defaults.js";

export interface Params {
  /** A row for false, one for true: [2, hidden]. */
  readonly values: Tensor;
  /** For each gate w [2·hidden, hidden] and b [hidden]. */
  readonly gates: { readonly w: Tensor; readonly b: Tensor };
  /** [hidden]: what of a description says that it is true. */
  readonly truth: Tensor;
}

export function init(hidden: number, seed: number): Params {
  const [a, b, c] = random.split(random.key(seed), 3);
  return {
    values: glorotUniform(a!, [2, hidden]),
    gates: {
      w: glorotUniform(b!, [GATES.length, 2 * hidden, hidden], { inAxis: 1, outAxis: 2 }),
      b: zeros([GATES.length, hidden]),
    },
    truth: glorotUniform(c!, [hidden, 1]).ravel(),
  };
}

/** What an expression comes to, in as many numbers as the model has inside: [hidden]. */
export function describe(params: Params, expression: Expression): Tensor {
  if (typeof expression === "boolean") return params.values.slice(Number(expression));
  const { gate, left, right } = expression;
  const inputs = concat([describe(params, left), describe(params, right)]);
  const { w, b } = params.gates;
  return tanh(matmul(inputs, w.slice(gate)).add(b.slice(gate)));
}

/** The logit of being true: a scalar. */
export function predict(params: Params, expression: Expression): Tensor {
  return dot(describe(params, expression), params.truth);
}

/** y: 1 where the expression is true, 0 where not. In nats. */
export function loss(params: Params, expression: Expression, y: number): Tensor {
  return bceWithLogits(predict(params, expression), y);
}

/** One step of Adam. Gives the new parameters, the new moments and the loss of the old parameters. */
export function update(
  params: Params,
  moments: OptimizerState,
  expression: Expression,
  y: number,
  lr: number,
): [Params, OptimizerState, Tensor] {
  const [value, slopes] = valueAndGrad(loss)(params, expression, y);
  return [...adam(lr).update(slopes, moments, params), value];
}

/** What came of a training: the parameters, and how often `update` was traced and how often replayed. */
export interface Grown {
  readonly params: Params;
  readonly traces: number;
  readonly replays: number;
}

export async function train(
  { train: known, test }: ExpressionSet,
  { epochs, lr, seed, isEager }: TrainOptions = defaults.tree,
  monitor: Monitor = silent,
  params: Params = init(defaults.tree.hidden, seed),
): Promise<Grown> {
  const step = isEager ? eager(update) : jit(update, { donate: [0, 1] });
  const accuracy = accuracyOnExpressions(test, predict);
  let moments = adam(lr).init(params);
  monitor.start(epochs * known.length);
  for (let epoch = 1; epoch <= epochs; epoch++) {
    for (const expression of known) {
      const y = Number(evaluate(expression));
      const [next, nextMoments, value] = step(params, moments, expression, y, lr);
      [params, moments] = [next, nextMoments];
      await monitor.step(value);
    }
    monitor.epoch(epoch, { accuracy: await accuracy(params) });
  }
  const { traces, replays } = stats(step);
  return { params, traces, replays };
}
