import { readFileSync } from "node:fs";
import { relative } from "node:path";
import color from "picocolors";
import type { Finding } from "./finding.js";

/** A finding with its place and its line of source, as errors are shown when they happen. */
export function renderFinding({ code, message, file, start, end, notes = [], hint }: Finding): string {
  const text = readFileSync(file, "utf8");
  const { line, column } = placeOf(text, start);
  const source = text.split("\n")[line - 1] ?? "";
  const indent = source.slice(0, column - 1).replace(/[^\t]/g, " ");
  const length = Math.max(1, Math.min(end - start, source.length - column + 1));
  const gutter = " ".repeat(String(line).length);
  return [
    `${color.red(`error[${code}]`)}: ${message}`,
    `  --> ${relative(process.cwd(), file)}:${line}:${column}`,
    `${line} | ${source}`,
    `${gutter} | ${indent}${color.red("^".repeat(length))}`,
    ...notes.map((note) => `${gutter} = note: ${note}`),
    ...(hint === undefined ? [] : [`${gutter} = hint: ${hint}`]),
  ].join("\n");
}

/** Counted from 1. */
export function placeOf(text: string, offset: number): { readonly line: number; readonly column: number } {
  const before = text.slice(0, offset).split("\n");
  return { line: before.length, column: before.at(-1)!.length + 1 };
}
