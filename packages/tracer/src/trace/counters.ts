/** What tracing has done, for one function or for all. */
export class TraceCounters {
  /** Calls that came to an end. */
  calls = 0;
  /** Calls that took a path known to its end, results included. */
  replays = 0;
  /** Calls of proven functions that ran no JavaScript of theirs; they count as replays too. */
  skips = 0;
  /** Paths, told apart by their steps and results. */
  traces = 0;
  /** Graphs built to be compiled; more than traces where literals were promoted or values escaped. */
  compilations = 0;
  /** Steps recorded; a replay records none. */
  recordings = 0;
  /** Contents of tensors that were asked for while the function ran; in the sums, all that were. */
  reads = 0;
}

/** The sums over all functions. */
export const totals: TraceCounters = new TraceCounters();

/** Counts a call that was skipped. */
export function countSkip(counters: TraceCounters): void {
  counters.calls++;
  counters.replays++;
  counters.skips++;
  totals.calls++;
  totals.replays++;
  totals.skips++;
}

/** Counts for one function and for all at once. */
export function count(counters: TraceCounters, what: keyof TraceCounters): void {
  counters[what]++;
  totals[what]++;
}
