import { formatLocation } from "@weftjs/ir";
import type { TimedDispatch } from "@weftjs/runtime";

/** Tracks of the time line. */
const CALLS = 1;
const KERNELS = 2;

/** One complete event: microseconds from the first dispatch. */
interface TraceEvent {
  readonly name: string;
  readonly ph: "X";
  readonly pid: 1;
  readonly tid: typeof CALLS | typeof KERNELS;
  readonly ts: number;
  readonly dur: number;
  readonly args: Readonly<Record<string, unknown>>;
}

/**
 * Dispatches in the JSON of Chrome's tracing ("Trace Event Format"): one track of calls, one of kernels. Those without
 * times have no place on it.
 */
export function chromeTrace(device: string, timed: readonly TimedDispatch[]): string {
  const placed = timed.flatMap(({ begin, end, ...rest }) =>
    begin === undefined || end === undefined ? [] : [{ ...rest, begin, end }],
  );
  const zero = Math.min(...placed.map(({ begin }) => begin));
  const events = [...callEvents(placed, zero), ...placed.map((one) => kernelEvent(one, zero))];
  const names = [metadata("process_name", 0, device), metadata("thread_name", CALLS, "calls")];
  return JSON.stringify({
    displayTimeUnit: "ns",
    traceEvents: [...names, metadata("thread_name", KERNELS, "kernels"), ...events],
  });
}

type Placed = TimedDispatch & { readonly begin: number; readonly end: number };

function kernelEvent({ program, dispatch, begin, end }: Placed, zero: number): TraceEvent {
  const { kernel: index, workgroups, cost } = program.dispatches[dispatch]!;
  const { name, locations } = program.kernels[index]!;
  const args = { call: program.name, workgroups, ...cost, lines: locations.map(formatLocation) };
  return { name, ph: "X", pid: 1, tid: KERNELS, ts: (begin - zero) / 1e3, dur: (end - begin) / 1e3, args };
}

function callEvents(placed: readonly Placed[], zero: number): TraceEvent[] {
  const spans = new Map<number, { name: string; begin: number; end: number; dispatches: number }>();
  for (const { call, program, begin, end } of placed) {
    const span = spans.get(call) ?? { name: program.name, begin, end, dispatches: 0 };
    span.begin = Math.min(span.begin, begin);
    span.end = Math.max(span.end, end);
    span.dispatches++;
    spans.set(call, span);
  }
  return [...spans.values()].map(({ name, begin, end, dispatches }) => ({
    name: name || "call",
    ph: "X",
    pid: 1,
    tid: CALLS,
    ts: (begin - zero) / 1e3,
    dur: (end - begin) / 1e3,
    args: { dispatches },
  }));
}

function metadata(name: string, tid: number, value: string): object {
  return { name, ph: "M", pid: 1, tid, args: { name: value } };
}
