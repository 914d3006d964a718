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
  /** Milliseconds of a call with the signature of a multilayer perceptron that runs its JavaScript again. */
  readonly replayed: number;
  /** The same call of a function that is proven closed. */
  readonly proven: number;
}

const LINES = 300;
const ROUNDS = 30;
/** Calls between two waits for the device. */
const CALLS = 10;

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
    replayed: await callTime(jit(step)),
    // Another function, because what is vouched for is kept on it.
    proven: await callTime(jit(pure((...args: Parameters<typeof step>) => step(...args)))),
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

async function callTime(step: Step): Promise<number> {
  const [inputs, hidden, classes] = SIZES;
  const layer = (rows: number, columns: number): Layer => ({
    w: zeros([rows, columns]),
    b: zeros([columns]),
  });
  const layers = [layer(inputs, hidden), layer(hidden, classes)];
  const [x, y] = [zeros([5, inputs]), zeros([5], { dtype: "int32" })];
  const times: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const start = performance.now();
    for (let call = 0; call < CALLS; call++) step(layers, x, y, 0.1);
    times.push((performance.now() - start) / CALLS);
    await sync();
  }
  return summarize(times).median;
}

export function transformReport({ lines, file, replayed, proven }: TransformCosts): string {
  const us = (time: number): string => `${(time * 1000).toPrecision(3)} µs`.padStart(9);
  return [
    `transforming a file of ${lines} lines: ${file.toPrecision(3)} ms of CPU`,
    "",
    "a training step of a multilayer perceptron, host time a call, queueing included",
    `replayed  ${us(replayed)}  its JavaScript runs`,
    `proven    ${us(proven)}  it does not`,
  ].join("\n");
}
