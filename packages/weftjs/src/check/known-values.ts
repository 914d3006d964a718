import type ts from "typescript";
import * as weft from "../index.js";
import { compiler } from "../hosts/compiler.js";

/** A value that the source does not say. */
export const UNKNOWN: unique symbol = Symbol("unknown");

/** A function of the user's, with what the parameters of those around it are. */
export interface Closure {
  readonly closure: ts.SignatureDeclaration & { readonly body?: ts.Node };
  readonly around: Environment;
  /** Whether a call gives what the function does, and not its gradient. */
  readonly isResult: boolean;
}

/** What parameters and constants are in one call, by their symbols. */
export type Environment = ReadonlyMap<ts.Symbol, unknown>;

/** What talks to devices, files or other calls; a checker must not. */
const EFFECTS: ReadonlySet<string> = new Set([
  "init",
  "sync",
  "load",
  "save",
  "inspect",
  "profile",
  "stats",
  "housing",
  "mnist",
  "text",
  "keep",
  "tidy",
  "minibatch",
  "defineOp",
  "nonzero",
]);

/** Transformations whose outcome calls the function that they are given with the same arguments. */
const SAME_CALL: ReadonlyMap<string, boolean> = new Map([
  ["jit", true],
  ["eager", true],
  ["checkpoint", true],
  ["grad", false],
  ["valueAndGrad", false],
]);

const PROPERTIES: ReadonlySet<string> = new Set(["shape", "dtype", "ndim", "size", "length"]);

const library: Readonly<Record<string, unknown>> = { ...weft };

export function isClosure(value: unknown): value is Closure {
  return typeof value === "object" && value !== null && "closure" in value;
}

/** What an import from the library is; UNKNOWN for what has effects. */
export function imported(declaration: ts.Declaration): unknown {
  if (compiler.isImportSpecifier(declaration)) {
    const { moduleSpecifier } = declaration.parent.parent.parent;
    return isLibrary(moduleSpecifier)
      ? exported((declaration.propertyName ?? declaration.name).text)
      : UNKNOWN;
  }
  if (!compiler.isNamespaceImport(declaration)) return UNKNOWN;
  return isLibrary(declaration.parent.parent.moduleSpecifier) ? library : UNKNOWN;
}

function isLibrary(specifier: ts.Expression): boolean {
  return compiler.isStringLiteral(specifier) && /^weftjs(?:\/math)?$/.test(specifier.text);
}

function exported(name: string): unknown {
  return Object.hasOwn(library, name) && !EFFECTS.has(name) ? library[name] : UNKNOWN;
}

/** A property of a known value, a method bound to it. */
export function propertyOf(holder: unknown, name: string): unknown {
  if (holder === library) return exported(name);
  if (holder instanceof weft.Tensor) {
    if (PROPERTIES.has(name)) return holder[name as "shape"];
    const method = exported(name);
    return typeof method === "function" ? (...args: unknown[]) => callMethod(holder, name, args) : UNKNOWN;
  }
  if (Array.isArray(holder) && name === "length") return holder.length;
  return isRecord(holder) && Object.hasOwn(holder, name) ? holder[name] : UNKNOWN;
}

function callMethod(holder: weft.Tensor, name: string, args: unknown[]): unknown {
  const methods = holder as unknown as Record<string, (...args: unknown[]) => unknown>; // the library's own are there
  return methods[name] ? methods[name](...args) : UNKNOWN;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !isClosure(value);
}

/** What `jit(f)` and its kin are of a known function; undefined where `callee` is none of them. */
export function transformedClosure(callee: unknown, closure: unknown): Closure | undefined {
  if (!isClosure(closure)) return undefined;
  for (const [name, isResult] of SAME_CALL) {
    if (library[name] === callee) return { ...closure, isResult: closure.isResult && isResult };
  }
  return undefined;
}

type Binary = (a: unknown, b: unknown) => unknown;

const TENSOR_OPERATORS: Readonly<Record<string, string>> = {
  "+": "add",
  "-": "subtract",
  "*": "multiply",
  "/": "divide",
  "%": "mod",
  "**": "power",
  "<": "less",
  "<=": "lessEqual",
  ">": "greater",
  ">=": "greaterEqual",
};

const NUMBER_OPERATORS: Readonly<Record<string, (a: number, b: number) => unknown>> = {
  "+": (a, b) => a + b,
  "-": (a, b) => a - b,
  "*": (a, b) => a * b,
  "/": (a, b) => a / b,
  "%": (a, b) => a % b,
  "**": (a, b) => a ** b,
};

/** What an operator makes of two known values. */
export function operate(operator: string, a: unknown, b: unknown): unknown {
  const sign = operator.replace(/^(.*[^<>=!])=$/, "$1");
  if (a instanceof weft.Tensor || b instanceof weft.Tensor) {
    const name = TENSOR_OPERATORS[sign];
    return name === undefined ? UNKNOWN : (library[name] as Binary)(a, b);
  }
  const op = NUMBER_OPERATORS[sign];
  return typeof a === "number" && typeof b === "number" && op ? op(a, b) : UNKNOWN;
}
