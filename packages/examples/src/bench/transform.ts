import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { jit, pure, sync, tree, valueAndGrad, zeros, type Tensor } from "weftjs";
import { transformSource } from "weftjs/transform";
import { type Layer, loss } from "../models/mnist-mlp.js";
import { summarize } from "./timing.js";

/** What the transform costs when a file changes, and what it saves at run time. */
export interface TransformCosts {
  readonly lines: number;
  /** CPU milliseconds of transforming a file of that many lines, parser included; the process is warm. */
  readonly file: number;
  /** A call with the signature of a multilayer perceptron that runs its JavaScript again. */
  readonly replayed: CallCosts;
  /** The same call of a function that is proven closed. */
  readonly proven: CallCosts;
}

/** What a call costs once it is warm, in milliseconds; medians over blocks of calls. */
interface CallCosts {
  /** From the call until it returns: its outputs are made and tracked, its computation is queued. The mean of a block. */
  readonly host: number;
  /** The same of a block's first call, before which the process has waited for the device. */
  readonly first: number;
  /**
   * CPU of the whole process, all threads, until the device is done: encoding, a software adapter's own work, and
   * reclaiming the outputs, which nobody disposes of. A mean.
   */
  readonly total: number;
}

const LINES = 300;
const ROUNDS = 30;
/** Blocks of calls; the first warm up. */
const BLOCKS = 150;
const WARM_UP = 50;
/** Calls in a block: between two waits for the device, as in a loop that looks at its loss now and then. */
const CALLS = 50;

/** Small enough that the device does not hold up the host; the trees are those of the real one. */
const SIZES = [8, 4, 2] as const;

export async function measureTransform(): Promise<TransformCosts> {
  const source = sampleSource();
  const files = Array.from({ length: ROUNDS }, () =>
    cpuTime(() => transformSource(source, "sample.js", { force: true })),
  );
  const step = (layers: Layer[], x: Tensor, y: Tensor, lr: number): [Layer[], Tensor] => {
    const [value, slopes] = valueAndGrad(loss)(layers, x, y);
    return [tree.map((p: Tensor, slope: Tensor) => p.sub(slope.mul(lr)), layers, slopes), value];
  };
  return {
    lines: LINES,
    file: summarize(files).median,
    replayed: await callCosts(jit(step)),
    // Another function, because what is vouched for is kept on it.
    proven: await callCosts(jit(pure((...args: Parameters<typeof step>) => step(...args)))),
  };
}

/** Lines of a real program: a part of a package that is here anyway. */
function sampleSource(): string {
  const file = join(dirname(createRequire(import.meta.url).resolve("commander")), "lib/command.js");
  const lines = readFileSync(file, "utf8").split("\n");
  // A class that goes on cannot be parsed: whole statements alone can.
  return lines
    .slice(0, LINES - 1)
    .concat("}}")
    .join("\n");
}

function cpuTime(body: () => void): number {
  const start = process.cpuUsage();
  body();
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1000;
}

type Step = (layers: Layer[], x: Tensor, y: Tensor, lr: number) => unknown;

async function callCosts(step: Step): Promise<CallCosts> {
  const [inputs, hidden, classes] = SIZES;
  const layer = (rows: number, columns: number): Layer => ({
    w: zeros([rows, columns]),
    b: zeros([columns]),
  });
  const layers = [layer(inputs, hidden), layer(hidden, classes)];
  const [x, y] = [zeros([5, inputs]), zeros([5], { dtype: "int32" })];
  const [host, first]: [number[], number[]] = [[], []];
  let before = process.cpuUsage();
  for (let block = 0; block < BLOCKS; block++) {
    if (block === WARM_UP) before = process.cpuUsage();
    const start = performance.now();
    step(layers, x, y, 0.1);
    first.push(performance.now() - start);
    for (let call = 1; call < CALLS; call++) step(layers, x, y, 0.1);
    host.push((performance.now() - start) / CALLS);
    await sync();
  }
  const { user, system } = process.cpuUsage(before);
  return {
    host: summarize(host.slice(WARM_UP)).median,
    first: summarize(first.slice(WARM_UP)).median,
    total: (user + system) / 1000 / ((BLOCKS - WARM_UP) * CALLS),
  };
}

export function transformReport({ lines, file, replayed, proven }: TransformCosts): string {
  const us = (time: number): string => `${(time * 1000).toPrecision(3)} µs`.padStart(9);
  const line = (name: string, { host, first, total }: CallCosts, what: string): string =>
    `${name.padEnd(8)}  ${us(host)}  ${us(first)}  ${us(total)}  ${what}`;
  return [
    `transforming a file of ${lines} lines: ${file.toPrecision(3)} ms of CPU`,
    "",
    `a training step of a multilayer perceptron, warm, ${CALLS} calls between two waits for the device`,
    `${"".padEnd(8)}  ${"a call".padStart(9)}  ${"the first".padStart(9)}  ${"CPU".padStart(9)}`,
    line("replayed", replayed, "its JavaScript runs"),
    line("proven", proven, "it does not"),
    "",
    "a call: until it returns, queueing included; the first: of those after a wait;",
    "CPU: of all threads until the device is done, the adapter's own and reclaiming included",
  ].join("\n");
}
