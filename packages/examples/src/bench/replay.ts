import { jit, sync, tensor, type Tensor } from "weftjs";
import { summarize } from "./timing.js";

/** What the host pays for a function of many ops: nanoseconds an op, medians. */
export interface ReplayCosts {
  readonly ops: number;
  /** A later call of the compiled function: replayed, looked up and queued. */
  readonly replay: number;
  /** The first call: every op type-checked and written down, the whole compiled. Paid once for each path through the function. */
  readonly record: number;
  /** The function called as it is: each op dispatched on its own, not counting the device's work. */
  readonly dispatch: number;
  /** The same, until the device is done. */
  readonly execution: number;
}

const OPS = 2000;

/** Elements enough that there is something to compute, few enough that the host's work shows. */
const SIZE = 1024;

export async function measureReplay(): Promise<ReplayCosts> {
  const x = tensor(new Float32Array(SIZE).fill(0.5), { shape: [SIZE] });
  const compiled = jit(recurrence);
  await times(10, 10, () => compiled, x);
  const replay = await times(20, 10, () => compiled, x);
  // A new function has a trace of its own, which starts empty.
  const record = await times(10, 1, () => jit((x: Tensor) => recurrence(x)), x);
  const eager = await times(10, 1, () => recurrence, x);
  return {
    ops: OPS,
    replay: summarize(replay.map(({ call }) => call)).median,
    record: summarize(record.map(({ call }) => call)).median,
    dispatch: summarize(eager.map(({ call }) => call)).median,
    execution: summarize(eager.map(({ done }) => done)).median,
  };
}

/** 1,000 multiplications and 1,000 additions, one after the other. Stays finite. */
function recurrence(x: Tensor): Tensor {
  for (let i = 0; i < OPS / 2; i++) x = x.mul(0.5).add(0.25);
  return x;
}

interface CallTime {
  /** Nanoseconds an op until the call returned. */
  readonly call: number;
  /** … until the device had done what the call queued. */
  readonly done: number;
}

/** Calls in blocks, as a training loop makes them: between two of a block nothing waits for the device. */
async function times(
  blocks: number,
  callsInBlock: number,
  next: () => (x: Tensor) => Tensor,
  x: Tensor,
): Promise<CallTime[]> {
  const all: CallTime[] = [];
  const ops = callsInBlock * OPS;
  for (let block = 0; block < blocks; block++) {
    const f = next();
    const start = performance.now();
    for (let call = 0; call < callsInBlock; call++) f(x).dispose();
    const returned = performance.now();
    await sync();
    all.push({ call: ((returned - start) * 1e6) / ops, done: ((performance.now() - start) * 1e6) / ops });
  }
  return all;
}

export function replayReport({ ops, replay, record, dispatch, execution }: ReplayCosts): string {
  const line = (name: string, time: number, what: string): string =>
    `${name.padEnd(18)} ${microseconds(time).padStart(9)}  ${what}`;
  const overhead = (share: number): string => `${(100 * share).toPrecision(2)} %`;
  return [
    `a function of ${ops.toLocaleString("en")} ops on ${SIZE} elements, host time an op`,
    "",
    line("replay", replay, "each later call of jit(f)"),
    line("recording", record, "the first call, once for each path: type rules, source lines, compiling"),
    line("eager dispatch", dispatch, "f called as it is, the device's work not counted"),
    line("eager execution", execution, "the same until the device is done"),
    "",
    `replaying costs ${overhead(replay / dispatch)} of bare eager dispatch, ` +
      `${overhead(replay / execution)} of the whole eager pass`,
  ].join("\n");
}

function microseconds(nanoseconds: number): string {
  return `${(nanoseconds / 1000).toPrecision(3)} µs`;
}
