import color from "picocolors";
import type { Comparison } from "./compare.js";

const BAR_WIDTH = 24;
const HEADINGS = ["", "fused", "eager", "ratio", "dispatches"];

/** A table for the terminal: medians, ratios, dispatches a call, and bars that show both times to one scale. */
export function comparisonTable(comparisons: readonly Comparison[]): string {
  const rows = comparisons.map(({ name, fused, eager, speedup }) => [
    name,
    milliseconds(fused.median),
    milliseconds(eager.median),
    `${speedup.toFixed(1)}×`,
    `${fused.dispatches} / ${eager.dispatches}`,
  ]);
  const widths = HEADINGS.map((heading, column) =>
    Math.max(heading.length, ...rows.map((row) => row[column]!.length)),
  );
  const line = (cells: readonly string[]): string =>
    cells.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!))).join("  ");
  const body = comparisons.flatMap((comparison, i) => [
    `${line(rows[i]!)}  ${color.green(bar(comparison.fused.median, comparison))} fused`,
    `${" ".repeat(line(rows[i]!).length)}  ${color.yellow(bar(comparison.eager.median, comparison))} eager`,
  ]);
  return [color.dim(line(HEADINGS)), ...body].join("\n");
}

/** Both bars of a case to the scale of its slower side. */
function bar(time: number, { fused, eager }: Comparison): string {
  const length = (BAR_WIDTH * time) / Math.max(fused.median, eager.median);
  return "█".repeat(Math.max(Math.round(length), 1));
}

/** Three digits: `12.3 ms`, `0.123 ms`. */
function milliseconds(time: number): string {
  const digits = time >= 100 ? 0 : time >= 10 ? 1 : time >= 1 ? 2 : 3;
  return `${time.toFixed(digits)} ms`;
}
