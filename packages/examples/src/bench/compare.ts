import { stats, sync, WeftError } from "weftjs";
import { fused, unfused, type BenchCase, type Run } from "./bench-case.js";
import { summarize, type Timing } from "./timing.js";

export interface Comparison {
  readonly name: string;
  readonly what: string;
  readonly fused: Side;
  readonly eager: Side;
  /** Eager's median time over the fused one's. */
  readonly speedup: number;
  /** The largest difference between the results, relative to the larger of 1 and the value. */
  readonly difference: number;
}

interface Side extends Timing {
  readonly dispatches: number;
}

export interface CompareOptions {
  readonly rounds: number;
  /** How long one side runs in a round, milliseconds. */
  readonly roundTime: number;
}

/** Calls before anything is timed: tracing, compiling, and the second equal call that settles the memory. */
const WARM_UP_CALLS = 3;
/** float32 sums taken in another order differ by so much. */
const TOLERANCE = 1e-3;

/**
 * Times a case fused and eager, in rounds that alternate so that what else goes on in the machine falls on both.
 * Nothing is timed before both gave the same results. `sync` rejects on any validation error of the device, so
 * a kernel that did nothing cannot look fast. W5006 where the results differ.
 */
export async function compare(benchCase: BenchCase, options: CompareOptions): Promise<Comparison> {
  const runs = { fused: benchCase.start(fused), eager: benchCase.start(unfused) };
  const difference = await checkEqual(benchCase.name, runs.fused, runs.eager);
  const dispatches = { fused: await countDispatches(runs.fused), eager: await countDispatches(runs.eager) };
  const calls = {
    fused: await callsWithin(runs.fused, options.roundTime),
    eager: await callsWithin(runs.eager, options.roundTime),
  };
  const times: Record<keyof typeof runs, number[]> = { fused: [], eager: [] };
  for (let round = 0; round < options.rounds; round++) {
    for (const side of round % 2 === 0 ? (["fused", "eager"] as const) : (["eager", "fused"] as const)) {
      times[side].push(await timeCalls(runs[side], calls[side]));
    }
  }
  const sides = {
    fused: { ...summarize(times.fused), dispatches: dispatches.fused },
    eager: { ...summarize(times.eager), dispatches: dispatches.eager },
  };
  const { name, what } = benchCase;
  return { name, what, ...sides, speedup: sides.eager.median / sides.fused.median, difference };
}

async function checkEqual(name: string, one: Run, other: Run): Promise<number> {
  for (const run of [one, other]) for (let call = 0; call < WARM_UP_CALLS; call++) run.call();
  await sync();
  const results = await one.results();
  const difference = largestDifference(results, await other.results());
  // All zeros would be equal too, where no kernel did anything.
  if (results.every((value) => value === 0)) throw differs(name, "all results are zero");
  if (!(difference <= TOLERANCE)) throw differs(name, `they differ by ${difference}, above ${TOLERANCE}`);
  return difference;
}

function differs(name: string, reason: string): WeftError {
  const message = `${name}: the results of fused and eager are no base for a comparison: ${reason}`;
  return new WeftError({ code: "W5006", class: "bug", message });
}

/** Relative where values are above 1; NaN where one has a NaN that the other has not, or the lengths differ. */
export function largestDifference(a: readonly number[], b: readonly number[]): number {
  if (a.length !== b.length) return Number.NaN;
  let largest = 0;
  for (const [i, value] of a.entries()) {
    if (Object.is(value, b[i])) continue;
    const difference = Math.abs(value - b[i]!) / Math.max(1, Math.abs(value));
    if (!(difference <= largest)) largest = difference;
    if (Number.isNaN(difference)) return Number.NaN;
  }
  return largest;
}

async function countDispatches(run: Run): Promise<number> {
  const before = stats().dispatches;
  run.call();
  await sync();
  return stats().dispatches - before;
}

async function callsWithin(run: Run, milliseconds: number): Promise<number> {
  const probe = await timeCalls(run, 3);
  return Math.min(Math.max(Math.round(milliseconds / probe), 1), 500);
}

/** Milliseconds a call. */
async function timeCalls(run: Run, calls: number): Promise<number> {
  const start = performance.now();
  for (let call = 0; call < calls; call++) run.call();
  await sync();
  return (performance.now() - start) / calls;
}
