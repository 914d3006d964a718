/**
 * The character model as a small transformer (Vaswani and others, 2017; normalised before each part, as in GPT-2): each
 * position looks back over all earlier ones, so nothing is passed from step to step. Data and loss are the recurrent
 * model's.
 */
import {
  adam,
  crossEntropy,
  eager,
  embedding,
  gelu,
  jit,
  layerNorm,
  lecunNormal,
  matmul,
  minibatch,
  ones,
  type OptimizerState,
  random,
  scaledDotProductAttention,
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
  /** [characters, hidden]: what each is read as. */
  readonly characters: Tensor;
  /** [length, hidden]: what each place adds. */
  readonly places: Tensor;
  readonly blocks: readonly Block[];
  readonly norm: Norm;
  /** [hidden] → [characters] */
  readonly output: Layer;
}

/** A round of looking back and thinking over. */
export interface Block {
  readonly attention: { readonly norm: Norm; readonly inward: Layer; readonly outward: Layer };
  readonly mlp: { readonly norm: Norm; readonly inward: Layer; readonly outward: Layer };
}

/** w [inputs, outputs], b [outputs]. */
export interface Layer {
  readonly w: Tensor;
  readonly b: Tensor;
}

/** [hidden] each. */
export interface Norm {
  readonly gamma: Tensor;
  readonly beta: Tensor;
}

const BLOCKS = 2;
const HEADS = 4;

export function init(
  characters: number,
  length: number,
  hidden: number,
  seed: number,
  blocks: number = BLOCKS,
): Params {
  const key = random.key(seed);
  let count = 0;
  const next = (): Tensor => random.foldIn(key, count++);
  const layer = (inputs: number, outputs: number): Layer => ({
    w: lecunNormal(next(), [inputs, outputs]),
    b: zeros([outputs]),
  });
  const norm = (): Norm => ({ gamma: ones([hidden]), beta: zeros([hidden]) });
  return {
    characters: random.normal(next(), [characters, hidden]),
    // Small: which character it is matters more than where it stands.
    places: random.normal(next(), [length, hidden]).mul(0.1),
    blocks: Array.from({ length: blocks }, () => ({
      attention: { norm: norm(), inward: layer(hidden, 3 * hidden), outward: layer(hidden, hidden) },
      mlp: { norm: norm(), inward: layer(hidden, 4 * hidden), outward: layer(4 * hidden, hidden) },
    })),
    norm: norm(),
    // Small: it starts by holding all characters for about equally likely.
    output: { w: lecunNormal(next(), [hidden, characters]).mul(0.1), b: zeros([characters]) },
  };
}

/** x: [batch, time], at most as long as there are places → logits: [batch, time, characters]. */
export function predict({ characters, places, blocks, norm, output }: Params, x: Tensor): Tensor {
  let stream = embedding(characters, x).add(places.slice([0, x.shape[1]!]));
  for (const { attention, mlp } of blocks) {
    stream = stream.add(attend(attention, normed(attention.norm, stream)));
    stream = stream.add(transform(mlp, normed(mlp.norm, stream)));
  }
  return dense(output, normed(norm, stream));
}

/** Each position gathers from itself and the earlier ones, in several ways at once. */
function attend({ inward, outward }: Block["attention"], x: Tensor): Tensor {
  const [batch, time, hidden] = x.shape as [number, number, number];
  const heads = dense(inward, x)
    .reshape([batch, time, 3, HEADS, hidden / HEADS])
    .permute([2, 0, 3, 1, 4]);
  const [q, k, v] = [heads.slice(0), heads.slice(1), heads.slice(2)];
  const gathered = scaledDotProductAttention(q, k, v, { causal: true });
  return dense(outward, gathered.swapaxes(1, 2).reshape([batch, time, hidden]));
}

/** Each position by itself, through a hidden layer. */
function transform({ inward, outward }: Block["mlp"], x: Tensor): Tensor {
  return dense(outward, gelu(dense(inward, x)));
}

function dense({ w, b }: Layer, x: Tensor): Tensor {
  return matmul(x, w).add(b);
}

function normed({ gamma, beta }: Norm, x: Tensor): Tensor {
  return layerNorm(x, gamma, beta);
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
  { epochs, batch, lr, seed, isEager }: TrainOptions = defaults.transformer,
  monitor: Monitor = silent,
  params: Params = init(
    book.characters.vocabulary.length,
    book.train.x.shape[1]!,
    defaults.transformer.hidden,
    seed,
  ),
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

/**
 * Writes a text, one character after the other, each drawn as likely as the model holds it. The model always sees as
 * many places as it has: what lies behind the last character is not looked at, and one trace serves all lengths.
 */
export async function* generate(
  params: Params,
  { generate: count, temperature, seed }: Pick<TextOptions, "generate" | "temperature" | "seed">,
): AsyncGenerator<number> {
  const length = params.places.shape[0]!;
  const next = jit((params: Params, text: Tensor, last: number, key: Tensor): Tensor => {
    const logits = predict(params, text).slice(0, last);
    return random.categorical(key, logits.div(temperature));
  });
  const key = random.key(seed);
  const seen = [START];
  for (let i = 0; i < count; i++) {
    const window = Int32Array.from({ length }, (_, place) => seen.slice(-length)[place] ?? 0);
    const last = Math.min(seen.length, length) - 1;
    seen.push(await next(params, tensor(window, { shape: [1, length] }), last, random.foldIn(key, i)).item());
    yield seen.at(-1)!;
  }
}
