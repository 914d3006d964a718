/** What many measurements of one thing come to. */
export interface Timing {
  /** Milliseconds a call. */
  readonly median: number;
  readonly min: number;
}

export function summarize(times: readonly number[]): Timing {
  const sorted = times.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  const median = (sorted[Math.floor(middle)]! + sorted[Math.ceil(middle) - 1]!) / 2;
  return { median: sorted.length % 2 === 1 ? sorted[Math.floor(middle)]! : median, min: sorted[0]! };
}
