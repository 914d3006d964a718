import { formatType } from "@weftjs/ir";
import type { Tensor } from "../tensor.js";
import { userError } from "../trace/user-error.js";
import { sigmoid } from "./activations.js";
import { add, multiply, subtract } from "./arithmetic.js";
import { axisOf } from "./axes.js";
import { slice } from "./indexing.js";
import { split, stack } from "./joining.js";
import { matmul } from "./linear-algebra.js";
import type { Numeric } from "./numeric.js";
import { moveaxis } from "./shape.js";
import { tanh } from "./trigonometric.js";

/**
 * One step of a long short-term memory (Hochreiter and Schmidhuber 1997), with a forget gate:
 * `c' = σ(f)·c + σ(i)·tanh(g)`, `h' = σ(o)·tanh(c')`, where `[i, f, g, o] = x·wx + h·wh + b`.
 *
 * `x: [batch, inputs]`, `h`, `c: [batch, hidden]`, `wx: [inputs, 4·hidden]`, `wh: [hidden, 4·hidden]`,
 * `b: [4·hidden]` give `[h', c']`.
 *
 * @throws W2132 weights that do not fit the state.
 */
export function lstmCell(
  x: Tensor,
  h: Tensor,
  c: Tensor,
  wx: Tensor,
  wh: Tensor,
  b: Numeric,
): [Tensor, Tensor] {
  checkGates("lstmCell", h, wx, wh, 4);
  return lstmStep(matmul(x, wx), h, c, wh, b);
}

/**
 * One step of a gated recurrent unit (Cho et al. 2014; the reset gate after the product, as in cuDNN and PyTorch):
 * `r = σ`, `z = σ` and `n = tanh(xₙ + r·hₙ)` of the gates of `x·wx + bx` and `h·wh + bh`, `h' = (1 - z)·n + z·h`.
 *
 * `x: [batch, inputs]`, `h: [batch, hidden]`, `wx: [inputs, 3·hidden]`, `wh: [hidden, 3·hidden]`,
 * `bx`, `bh: [3·hidden]` give `h'`.
 *
 * @throws W2132 weights that do not fit the state.
 */
export function gruCell(x: Tensor, h: Tensor, wx: Tensor, wh: Tensor, bx: Numeric, bh: Numeric): Tensor {
  checkGates("gruCell", h, wx, wh, 3);
  return gruStep(matmul(x, wx), h, wh, bx, bh);
}

/**
 * One step of a plain recurrent net (Elman 1990): `tanh(x·wx + h·wh + b)`. `x: [batch, inputs]`,
 * `h: [batch, hidden]`, `wx: [inputs, hidden]`, `wh: [hidden, hidden]`, `b: [hidden]` give `h'`.
 *
 * @throws W2132 weights that do not fit the state.
 */
export function rnnCell(x: Tensor, h: Tensor, wx: Tensor, wh: Tensor, b: Numeric): Tensor {
  checkGates("rnnCell", h, wx, wh, 1);
  return rnnStep(matmul(x, wx), h, wh, b);
}

/** How `lstm`, `gru` and `rnn` walk along a sequence. */
export interface SequenceOptions {
  /** The axis of time; the last but one where absent: `[batch, time, inputs]`. */
  readonly axis?: number;
  /** From the last step to the first. Outputs stay at the steps of their inputs. */
  readonly reverse?: boolean;
}

/**
 * `lstmCell` along a sequence: `x: [batch, time, inputs]` gives `[outputs: [batch, time, hidden], h, c]`, the last two
 * of the last step. The products with the inputs of all steps are one.
 *
 * @throws W2132 weights that do not fit the state; W2101 an axis that is not there.
 */
export function lstm(
  x: Tensor,
  h: Tensor,
  c: Tensor,
  wx: Tensor,
  wh: Tensor,
  b: Numeric,
  options: SequenceOptions = {},
): [Tensor, Tensor, Tensor] {
  checkGates("lstm", h, wx, wh, 4);
  let state: [Tensor, Tensor] = [h, c];
  const outputs = overSteps("lstm", x, wx, options, (input) => {
    state = lstmStep(input, ...state, wh, b);
    return state[0];
  });
  return [outputs, ...state];
}

/**
 * `gruCell` along a sequence: `x: [batch, time, inputs]` gives `[outputs: [batch, time, hidden], h]`, the last of the
 * last step.
 *
 * @throws W2132 weights that do not fit the state; W2101 an axis that is not there.
 */
export function gru(
  x: Tensor,
  h: Tensor,
  wx: Tensor,
  wh: Tensor,
  bx: Numeric,
  bh: Numeric,
  options: SequenceOptions = {},
): [Tensor, Tensor] {
  checkGates("gru", h, wx, wh, 3);
  let state = h;
  const outputs = overSteps("gru", x, wx, options, (input) => (state = gruStep(input, state, wh, bx, bh)));
  return [outputs, state];
}

/**
 * `rnnCell` along a sequence: `x: [batch, time, inputs]` gives `[outputs: [batch, time, hidden], h]`, the last of the
 * last step.
 *
 * @throws W2132 weights that do not fit the state; W2101 an axis that is not there.
 */
export function rnn(
  x: Tensor,
  h: Tensor,
  wx: Tensor,
  wh: Tensor,
  b: Numeric,
  options: SequenceOptions = {},
): [Tensor, Tensor] {
  checkGates("rnn", h, wx, wh, 1);
  let state = h;
  const outputs = overSteps("rnn", x, wx, options, (input) => (state = rnnStep(input, state, wh, b)));
  return [outputs, state];
}

function lstmStep(input: Tensor, h: Tensor, c: Tensor, wh: Tensor, b: Numeric): [Tensor, Tensor] {
  const gates = add(add(input, matmul(h, wh)), b);
  const [i, f, g, o] = split(gates, 4, { axis: -1 }) as [Tensor, Tensor, Tensor, Tensor];
  const cell = add(multiply(sigmoid(f), c), multiply(sigmoid(i), tanh(g)));
  return [multiply(sigmoid(o), tanh(cell)), cell];
}

function gruStep(input: Tensor, h: Tensor, wh: Tensor, bx: Numeric, bh: Numeric): Tensor {
  const [xr, xz, xn] = split(add(input, bx), 3, { axis: -1 }) as [Tensor, Tensor, Tensor];
  const [hr, hz, hn] = split(add(matmul(h, wh), bh), 3, { axis: -1 }) as [Tensor, Tensor, Tensor];
  const fresh = tanh(add(xn, multiply(sigmoid(add(xr, hr)), hn)));
  const kept = sigmoid(add(xz, hz));
  return add(fresh, multiply(kept, subtract(h, fresh)));
}

function rnnStep(input: Tensor, h: Tensor, wh: Tensor, b: Numeric): Tensor {
  return tanh(add(add(input, matmul(h, wh)), b));
}

/** Steps in order, each with its share of the one product of all inputs; the outputs side by side. */
function overSteps(
  name: string,
  x: Tensor,
  wx: Tensor,
  { axis = -2, reverse = false }: SequenceOptions,
  step: (input: Tensor) => Tensor,
): Tensor {
  const along = axisOf(name, axis, x);
  const inputs = moveaxis(matmul(x, wx), along, 0);
  const times = [...Array(inputs.shape[0]!).keys()];
  const outputs = (reverse ? times.reverse() : times).map((time) => step(slice(inputs, time)));
  if (outputs.length === 0) return inputs;
  return stack(reverse ? outputs.reverse() : outputs, { axis: along });
}

function checkGates(name: string, h: Tensor, wx: Tensor, wh: Tensor, gates: number): void {
  const hidden = h.shape.at(-1) ?? 0;
  const width = gates * hidden;
  const fits = wx.ndim === 2 && wx.shape[1] === width && wh.ndim === 2 && wh.shape[1] === width;
  if (fits && wh.shape[0] === hidden) return;
  throw userError({
    code: "W2132",
    message: `${name} with a state of ${hidden} needs weights [inputs,${width}] and [${hidden},${width}], got [${wx.shape.join(",")}] and [${wh.shape.join(",")}]`,
    notes: [`the state is ${formatType(h.type)}`],
    hint:
      gates > 1 ? `the ${gates} gates stand side by side in the last axis` : "the state is [batch, hidden]",
  });
}
