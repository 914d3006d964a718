/**
 * A character model (Karpathy, 2015): a long short-term memory reads a text and says after each character what may
 * come next. Recurrence is a loop over `lstmCell`; it is trained through as many steps as a sequence has.
 */
import {
  adam,
  crossEntropy,
  eager,
  glorotUniform,
  jit,
  lstmCell,
  matmul,
  minibatch,
  oneHot,
  type OptimizerState,
  random,
  stack,
  tensor,
  type Tensor,
  valueAndGrad,
  zeros,
} from "weftjs";
import type { Book } from "../text/book.js";
import { lossOn } from "../training/loss-on.js";
import { silent, type Monitor } from "../training/monitor.js";
import type { TextOptions, TrainOptions } from "../training/options.js";
import { defaults } from "./defaults.js";

export interface Params {
  /** wx [characters, 4·hidden], wh [hidden, 4·hidden], b [4·hidden]. */
  readonly cell: { readonly wx: Tensor; readonly wh: Tensor; readonly b: Tensor };
  /** w [hidden, characters], b [characters]. */
  readonly output: { readonly w: Tensor; readonly b: Tensor };
}

/** What the model remembers: h and c, [batch, hidden] each. */
export type State = readonly [Tensor, Tensor];

export function init(characters: number, hidden: number, seed: number): Params {
  const [a, b, c] = random.split(random.key(seed), 3);
  return {
    cell: {
      // A character picks its row. Rows lie far apart, so that the gates tell characters apart from the first step on.
      wx: random.normal(a!, [characters, 4 * hidden]).mul(2),
      wh: glorotUniform(b!, [hidden, 4 * hidden]),
      b: zeros([4 * hidden]),
    },
    output: { w: glorotUniform(c!, [hidden, characters]), b: zeros([characters]) },
  };
}

/** A state that remembers nothing. */
export function blank({ cell }: Params, batch: number): State {
  const hidden = cell.wh.shape[0]!;
  return [zeros([batch, hidden]), zeros([batch, hidden])];
}

/** One character of each row, [batch], into the state. */
export function read({ cell }: Params, [h, c]: State, character: Tensor): State {
  const x = oneHot(character, cell.wx.shape[0]!);
  return lstmCell(x, h, c, cell.wx, cell.wh, cell.b);
}

/** h: [..., hidden] → the logits of the next character: [..., characters]. */
function foretell({ output }: Params, h: Tensor): Tensor {
  return matmul(h, output.w).add(output.b);
}

/** x: [batch, time] → logits: [batch, time, characters]. */
export function predict(params: Params, x: Tensor): Tensor {
  const [batch, time] = x.shape as [number, number];
  let state = blank(params, batch);
  const states: Tensor[] = [];
  for (let t = 0; t < time; t++) {
    state = read(params, state, x.slice("...", t));
    states.push(state[0]);
  }
  return foretell(params, stack(states, { axis: 1 }));
}

/** y: [batch, time], the characters that follow those of `x`. The mean over all, in nats. */
export function loss(params: Params, x: Tensor, y: Tensor): Tensor {
  return crossEntropy(predict(params, x), y);
}

/** One step of Adam. Gives the new parameters, the new moments and the loss of the old parameters. */
export function update(
  params: Params,
  moments: OptimizerState,
  x: Tensor,
  y: Tensor,
  lr: number,
): [Params, OptimizerState, Tensor] {
  const [value, slopes] = valueAndGrad(loss)(params, x, y);
  return [...adam(lr).update(slopes, moments, params), value];
}

export async function train(
  book: Book,
  { epochs, batch, lr, seed, isEager }: TrainOptions = defaults.charlm,
  monitor: Monitor = silent,
  params: Params = init(book.characters.vocabulary.length, defaults.charlm.hidden, seed),
): Promise<Params> {
  const step = isEager ? eager(update) : jit(update, { donate: [0, 1] });
  const heldOut = lossOn({ ...book.test }, batch, (params: Params, { x, y }) => loss(params, x, y));
  let moments = adam(lr).init(params);
  monitor.start(epochs * Math.floor(book.train.x.shape[0]! / batch));
  for (let epoch = 1; epoch <= epochs; epoch++) {
    for (const { x, y } of minibatch({ ...book.train }, { size: batch, shuffle: true, seed: seed + epoch })) {
      const [next, nextMoments, value] = step(params, moments, x, y, lr);
      [params, moments] = [next, nextMoments];
      await monitor.step(value);
    }
    monitor.epoch(epoch, { loss: await heldOut(params) });
  }
  return params;
}

/** What a text starts after: the class of the lowest code point, in most texts the end of a line. */
const START = 0;

/** Writes a text, one character after the other, each drawn as likely as the model holds it. */
export async function* generate(
  params: Params,
  { generate: count, temperature, seed }: Pick<TextOptions, "generate" | "temperature" | "seed">,
): AsyncGenerator<number> {
  const next = jit((params: Params, state: State, last: Tensor, key: Tensor): [State, Tensor] => {
    state = read(params, state, last);
    const logits = foretell(params, state[0]);
    return [state, random.categorical(key, logits.div(temperature))];
  });
  const key = random.key(seed);
  let state = blank(params, 1);
  let last = tensor([START], { dtype: "int32" });
  for (let i = 0; i < count; i++) {
    [state, last] = next(params, state, last, random.foldIn(key, i));
    yield last.item();
  }
}
