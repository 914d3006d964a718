import type { InputSource, PlainValue } from "@weftjs/runtime";
import { Tensor } from "../tensor.js";
import { isPlainObject } from "../tree/visit.js";
import { resultUnknown } from "./precompile-errors.js";

/** What one call gave: a tree of tensors, by where they come from, and of JavaScript's own values. */
export type RawResult =
  | { readonly kind: "output"; readonly output: number }
  | { readonly kind: "input"; readonly source: InputSource }
  | { readonly kind: "value"; readonly value: PlainValue }
  | { readonly kind: "list"; readonly items: readonly RawResult[] }
  | { readonly kind: "object"; readonly keys: readonly string[]; readonly items: readonly RawResult[] }
  | { readonly kind: "map"; readonly keys: readonly PlainValue[]; readonly items: readonly RawResult[] };

/** @throws W1074 for what is in it and cannot be told to a page. */
export function rawResult(
  name: string,
  result: unknown,
  outputs: readonly Tensor[],
  sourceOf: (tensor: Tensor) => InputSource,
): RawResult {
  const open = new Set<unknown>();
  const read = (value: unknown): RawResult => {
    if (value instanceof Tensor) {
      const output = outputs.indexOf(value);
      return output >= 0 ? { kind: "output", output } : { kind: "input", source: sourceOf(value) };
    }
    if (isPlainValue(value)) return { kind: "value", value };
    if (typeof value !== "object" || open.has(value)) throw resultUnknown(name, value);
    open.add(value);
    const container = readContainer(name, value as object, read);
    open.delete(value);
    return container;
  };
  return read(result);
}

function readContainer(name: string, value: object, read: (value: unknown) => RawResult): RawResult {
  if (Array.isArray(value)) return { kind: "list", items: value.map(read) };
  if (value instanceof Map) {
    const keys = [...value.keys()];
    const unknown = keys.find((key) => !isPlainValue(key));
    if (unknown !== undefined) throw resultUnknown(name, unknown);
    return { kind: "map", keys: keys as PlainValue[], items: [...value.values()].map(read) };
  }
  if (!isPlainObject(value)) throw resultUnknown(name, value);
  const keys = Object.keys(value);
  return { kind: "object", keys, items: keys.map((key) => read(value[key])) };
}

function isPlainValue(value: unknown): value is PlainValue {
  return value === null || ["undefined", "number", "boolean", "string"].includes(typeof value);
}
