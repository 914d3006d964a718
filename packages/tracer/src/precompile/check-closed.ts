import type { Guards } from "../trace/guards.js";
import { Tensor } from "../tensor.js";
import { visitLeaves } from "../tree/visit.js";
import { capturedChanges, notProven } from "./precompile-errors.js";

/** What there is to say against a function; nothing may be, unless it is trusted. @throws W1070, W1071 */
export function checkClosed(name: string, guards: Guards, trust: boolean): readonly string[] {
  const { obstacles, obstacleAt, captured } = guards;
  if (!trust && obstacles.length > 0) throw notProven(name, obstacles, obstacleAt);
  const changing = captured.filter(({ changes }) => changes);
  if (!trust && changing.length > 0) throw capturedChanges(changing[0]!);
  return [
    ...obstacles,
    ...changing.map(({ by, name: variable }) => `${by} captures ${variable}, which changes`),
  ];
}

/** The captured variables that hold no tensors and no functions alone, with their values. */
export function frozenValues({ captured }: Guards): readonly string[] {
  const texts = captured.flatMap(({ name, value }) => {
    let hasValue = false;
    visitLeaves(value, (leaf) => {
      hasValue ||= !(leaf instanceof Tensor) && typeof leaf !== "function" && leaf !== undefined;
    });
    return hasValue ? [`${name} = ${shortText(value)}`] : [];
  });
  return [...new Set(texts)];
}

function shortText(value: unknown): string {
  const text = JSON.stringify(value, (_, part: unknown) =>
    part instanceof Tensor ? String(part) : typeof part === "function" ? "function" : part,
  );
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}
