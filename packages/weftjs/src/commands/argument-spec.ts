import { tokenize, type Tokens } from "./argument-tokens.js";

/** One argument as `--args` describes it: a tensor by its type, or a value that JavaScript keeps for itself. */
export type ArgumentSpec =
  | { readonly kind: "tensor"; readonly dtype: DTypeName; readonly shape: readonly number[] }
  | { readonly kind: "value"; readonly value: number | boolean | string | null }
  | { readonly kind: "list"; readonly items: readonly ArgumentSpec[] }
  | { readonly kind: "object"; readonly entries: readonly (readonly [string, ArgumentSpec])[] };

type DTypeName = "float32" | "float16" | "int32" | "uint32" | "bool";

const DTYPES: ReadonlyMap<string, DTypeName> = new Map([
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
 * `f32[10,784], i32[10], { w: f32[784,10], b: f32[10] }, [f32[], 0.1], true`. W5012 for anything else.
 */
export function parseArgumentSpecs(text: string): ArgumentSpec[] {
  const tokens = tokenize(text);
  const items: ArgumentSpec[] = [];
  while (tokens.peek() !== undefined) {
    if (items.length > 0) tokens.expect(",");
    items.push(parseSpec(tokens));
  }
  return items;
}

function parseSpec(tokens: Tokens): ArgumentSpec {
  const token = tokens.take("an argument");
  if (token.kind === "string") return { kind: "value", value: token.text };
  if (token.text === "[") return { kind: "list", items: parseUntil(tokens, "]", () => parseSpec(tokens)) };
  if (token.text === "{")
    return { kind: "object", entries: parseUntil(tokens, "}", () => parseEntry(tokens)) };
  const dtype = DTYPES.get(token.text);
  if (dtype) return { kind: "tensor", dtype, shape: parseShape(tokens) };
  const value = LITERALS.has(token.text) ? LITERALS.get(token.text)! : Number(token.text);
  if (token.kind === "word" && !(typeof value === "number" && Number.isNaN(value)))
    return { kind: "value", value };
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

function parseEntry(tokens: Tokens): readonly [string, ArgumentSpec] {
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
