import type { DType } from "@weftjs/ir";
import type { ArgumentForm } from "@weftjs/runtime";
import { fault, tokenize, type Tokens } from "./argument-tokens.js";

const DTYPES: ReadonlyMap<string, DType> = new Map([
  ["f32", "float32"],
  ["f16", "float16"],
  ["i32", "int32"],
  ["u32", "uint32"],
  ["float32", "float32"],
  ["float16", "float16"],
  ["int32", "int32"],
  ["uint32", "uint32"],
  ["bool", "bool"],
]);

/**
 * Reads arguments as they stand in a call, each tensor as its type:
 * `f32[10,784], i32[10], { w: f32[784,10], b: f32[10] }, [f32[], 0.1], true`. `number` and `integer` stand for any one.
 * W5012 for anything else.
 */
export function parseArgumentSpecs(text: string): ArgumentForm[] {
  const tokens = tokenize(text);
  const items: ArgumentForm[] = [];
  while (tokens.peek() !== undefined) {
    if (items.length > 0) tokens.expect(",");
    items.push(parseSpec(tokens));
  }
  return items;
}

/** A function's name with its arguments in brackets, `model.step(f32[8], number)`. W5012 for anything else. */
export function parseCallSpec(text: string): {
  readonly path: string;
  readonly forms: readonly ArgumentForm[];
} {
  const match = /^\s*([^\s(]+)\s*\(([^]*)\)\s*$/.exec(text);
  if (!match) throw fault(text, "a call is a name and arguments in brackets: step(f32[10,784], number)");
  return { path: match[1]!, forms: parseArgumentSpecs(match[2]!) };
}

function parseSpec(tokens: Tokens): ArgumentForm {
  const token = tokens.take("an argument");
  if (token.kind === "string") return { kind: "fixed", value: token.text };
  if (token.text === "[") return { kind: "list", items: parseUntil(tokens, "]", () => parseSpec(tokens)) };
  if (token.text === "{") {
    const entries = parseUntil(tokens, "}", () => parseEntry(tokens));
    return { kind: "object", keys: entries.map(([key]) => key), items: entries.map(([, item]) => item) };
  }
  const dtype = DTYPES.get(token.text);
  if (dtype) return { kind: "tensor", type: { dtype, shape: parseShape(tokens) } };
  if (token.text === "number" || token.text === "integer")
    return { kind: "number", isWhole: token.text === "integer" };
  const value = LITERALS.has(token.text) ? LITERALS.get(token.text)! : Number(token.text);
  if (token.kind === "word" && !(typeof value === "number" && Number.isNaN(value)))
    return { kind: "fixed", value };
  throw tokens.fault(`${JSON.stringify(token.text)} is neither a dtype nor a number`);
}

const LITERALS: ReadonlyMap<string, boolean | null> = new Map<string, boolean | null>([
  ["true", true],
  ["false", false],
  ["null", null],
]);

function parseShape(tokens: Tokens): number[] {
  tokens.expect("[");
  return parseUntil(tokens, "]", () => {
    const size = Number(tokens.take("a size").text);
    if (!Number.isSafeInteger(size) || size < 0) throw tokens.fault("a size is a whole number, 0 or more");
    return size;
  });
}

function parseEntry(tokens: Tokens): readonly [string, ArgumentForm] {
  const name = tokens.take("a name").text;
  tokens.expect(":");
  return [name, parseSpec(tokens)];
}

function parseUntil<T>(tokens: Tokens, close: string, parseItem: () => T): T[] {
  const items: T[] = [];
  while (tokens.peek() !== close) {
    if (items.length > 0) tokens.expect(",");
    items.push(parseItem());
  }
  tokens.expect(close);
  return items;
}
