import type { PlainValue, ResultForm } from "@weftjs/runtime";
import { computedNumber, otherWay } from "./precompile-errors.js";
import type { RawResult } from "./raw-result.js";
import type { ProbeTrace } from "./trace-probes.js";

/** Which number of the arguments each scalar of the program is. @throws W1073 */
export function scalarSources(name: string, traces: readonly ProbeTrace[]): readonly number[] {
  const [first] = traces;
  return first!.scalars.map((_, k) => {
    const source = sourceOfNumber(traces, (trace) => trace.scalars[k]);
    if (source === undefined) throw computedNumber(name, first!.scalarSteps[k]!.location);
    return source;
  });
}

/** What a call gives, whatever its numbers are. @throws W1072, W1073 */
export function resultForm(name: string, traces: readonly ProbeTrace[]): ResultForm {
  const merge = (parts: readonly RawResult[]): ResultForm => {
    const [first] = parts;
    const part = first!;
    if (part.kind === "value") return valueForm(name, traces, parts);
    if (parts.some((other) => !isAlike(part, other))) throw otherWay(name, null, undefined);
    const itemsAt = (k: number): readonly RawResult[] =>
      parts.map((other) => (other as { items: readonly RawResult[] }).items[k]!); // Alike: it has as many.
    switch (part.kind) {
      case "output":
        return part;
      case "input":
        return "argument" in part.source
          ? { kind: "argument", ...part.source }
          : { kind: "constant", ...part.source };
      case "list":
      case "object":
      case "map":
        return { ...part, items: part.items.map((_, k) => merge(itemsAt(k))) };
      default:
        return part satisfies never;
    }
  };
  return merge(traces.map(({ result }) => result));
}

/** The same at each call, or a number of the arguments. */
function valueForm(name: string, traces: readonly ProbeTrace[], parts: readonly RawResult[]): ResultForm {
  const values = parts.map((part) => {
    if (part.kind !== "value") throw otherWay(name, null, undefined);
    return part.value;
  });
  if (values.every((value) => Object.is(value, values[0]))) return { kind: "fixed", value: values[0] };
  const number = sourceOfNumber(traces, (_, k) => values[k]);
  if (number === undefined) throw computedNumber(name, null);
  return { kind: "number", number };
}

/** Which of the arguments' numbers something is in every call. */
function sourceOfNumber(
  traces: readonly ProbeTrace[],
  valueIn: (trace: ProbeTrace, k: number) => PlainValue,
): number | undefined {
  const count = traces[0]!.probe.numbers.length;
  return Array.from({ length: count }, (_, k) => k).find((number) =>
    traces.every((trace, k) => Object.is(trace.probe.numbers[number], valueIn(trace, k))),
  );
}

/** Alike but for what is in them. */
function isAlike(a: RawResult, b: RawResult): boolean {
  const shell = (part: RawResult): unknown =>
    "items" in part ? { ...part, items: part.items.length } : part;
  return JSON.stringify(shell(a)) === JSON.stringify(shell(b));
}
