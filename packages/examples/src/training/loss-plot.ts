import { plot } from "asciichart";
import type { LossPoint } from "./loss-log.js";

export interface PlotSize {
  /** Characters, without the axis. */
  readonly width: number;
  /** Lines. */
  readonly height: number;
}

/** The course of the loss as text. Where there are more points than columns, a column shows their mean. */
export function lossPlot(
  points: readonly LossPoint[],
  { width, height }: PlotSize = { width: 64, height: 10 },
): string {
  const finite = points.filter(({ loss }) => Number.isFinite(loss));
  if (finite.length < 2) return "";
  const losses = finite.map(({ loss }) => loss);
  const columns = losses.length < width ? stretched(losses, width) : averages(losses, width);
  const chart = plot(columns, { height: height - 1, format: (value) => axisLabel(value) });
  const first = `step ${finite[0]!.step}`;
  const last = `step ${finite.at(-1)!.step}`;
  const gap = Math.max(columns.length - first.length - last.length, 1);
  return `${chart}\n${" ".repeat(LABEL_WIDTH + 2)}${first}${" ".repeat(gap)}${last}`;
}

const LABEL_WIDTH = 9;

function axisLabel(value: number): string {
  return value.toPrecision(3).padStart(LABEL_WIDTH);
}

/** Straight lines between the values. */
function stretched(values: readonly number[], width: number): number[] {
  return Array.from({ length: width }, (_, column) => {
    const position = (column * (values.length - 1)) / (width - 1);
    const before = Math.min(Math.floor(position), values.length - 2);
    const share = position - before;
    return values[before]! * (1 - share) + values[before + 1]! * share;
  });
}

/** The mean of as many values as fall into each column. */
function averages(values: readonly number[], width: number): number[] {
  return Array.from({ length: width }, (_, column) => {
    const from = Math.floor((column * values.length) / width);
    const to = Math.floor(((column + 1) * values.length) / width);
    const bucket = values.slice(from, to);
    return bucket.reduce((sum, value) => sum + value, 0) / bucket.length;
  });
}
