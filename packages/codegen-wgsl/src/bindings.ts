import type { Value } from "@weftjs/ir";
import { loadFromMemory, memoryType, storeToMemory, wgslType } from "./scalar/index.js";

type Width = 1 | 4;
/** By the element from which accesses count, each with functions of its own, the widths of those accesses. */
type Accesses = Map<number, Set<Width>>;

/** How one tensor is bound to a kernel and reached from its code. */
interface BoundTensor {
  readonly value: Value;
  readonly name: string;
  readonly reads: Accesses;
  /** Bound read-only where empty. */
  readonly writes: Accesses;
  /** Where the value is one row of what is bound: text that gives the row's number. */
  readonly row: string | undefined;
}

/** Bytes to which the start of a binding is rounded down: the coarsest that an adapter may ask for. */
const ALIGNMENT = 256;
/** Stands in the text of a kernel where declarations are to be. */
export const DECLARATIONS = "// declarations";

/**
 * By how many elements the accesses to a tensor begin behind its binding: a number that stands in the text, or one
 * that each dispatch brings with it, as word `word` of its places and a multiple of `unit`.
 */
export type Place = { readonly skipped: number } | { readonly word: number; readonly unit: Width };

/** What the code of a kernel may bind. */
export interface BoundValues {
  /** Of the graph: those passed as scalars share one binding. */
  readonly params: readonly Value[];
  /** Values that are written as rows of larger ones, with the scalar that says which row. */
  readonly rows: ReadonlyMap<Value, Value>;
}

/**
 * The tensors of one kernel. Code reads and writes through one small function a tensor, width and start, so that how
 * the buffer is declared, and where in it the code begins, is decided once all accesses are known.
 */
export class Bindings {
  private readonly tensors = new Map<Value, BoundTensor>();
  private usesScalarArguments = false;
  private readonly scalarArguments: ReadonlyMap<Value, number>;

  private readonly rows: ReadonlyMap<Value, Value>;

  constructor({ params, rows }: BoundValues) {
    this.rows = rows;
    const scalars = params.filter((param) => param.passedAs === "scalar");
    this.scalarArguments = new Map(scalars.map((param, position) => [param, position]));
  }

  /** Text that reads one element, or four from `4 * index` on, counted from element `start`. */
  read(value: Value, index: string, width: Width, start: number = 0): string {
    const tensor = this.note(value);
    return `${tensor.name}_get${suffixOf(tensor.reads, width, start)}(${index})`;
  }

  /** The statement that writes one element, or four. */
  write(value: Value, index: string, text: string, width: Width, start: number = 0): string {
    const tensor = this.note(value);
    return `${tensor.name}_set${suffixOf(tensor.writes, width, start)}(${index}, ${text});`;
  }

  /** Text that reads one of the call's numbers. */
  argument(value: Value): string {
    this.usesScalarArguments = true;
    const word = `call_arguments[${this.scalarArguments.get(value)!}]`;
    switch (value.dtype) {
      case "bool":
        return `(${word} != 0u)`;
      case "uint32":
        return word;
      case "float16":
        return `f16(bitcast<f32>(${word}))`;
      default:
        return `bitcast<${wgslType(value.dtype, 1)}>(${word})`;
    }
  }

  private note(value: Value): BoundTensor {
    let tensor = this.tensors.get(value);
    if (!tensor) {
      const index = this.rows.get(value);
      const row = index && this.read(index, "0", 1);
      tensor = { value, name: `t${this.tensors.size}`, reads: new Map(), writes: new Map(), row };
      this.tensors.set(value, tensor);
    }
    return tensor;
  }

  /** Bound values in the order of their bindings; null stands for the call's numbers. */
  get order(): readonly (Value | null)[] {
    const values: (Value | null)[] = [...this.tensors.keys()];
    return this.usesScalarArguments ? [...values, null] : values;
  }

  /** Where in its buffer each binding starts, in bytes. */
  get offsets(): readonly number[] {
    const offsets = [...this.tensors.values()].map((tensor) => {
      return (firstOf(tensor) - skippedIn(tensor)) * elementBytes(tensor);
    });
    return this.usesScalarArguments ? [...offsets, 0] : offsets;
  }

  /** For each tensor, the elements between the start of its binding and the first one that is reached. */
  get skipped(): readonly number[] {
    return [...this.tensors.values()].map(skippedIn);
  }

  get accesses(): readonly ("read" | "read_write" | "scalars")[] {
    const accesses: ("read" | "read_write" | "scalars")[] = [...this.tensors.values()].map(accessOf);
    return this.usesScalarArguments ? [...accesses, "scalars"] : accesses;
  }

  /** Equal where declarations differ by places alone. */
  get signature(): string {
    const tensors = [...this.tensors.values()].map((tensor) => {
      const first = firstOf(tensor);
      const starts = (accesses: Accesses): string[] =>
        [...accesses].map(([start, widths]) => `${start - first}:${[...widths].sort().join("")}`);
      const { dtype, size } = tensor.value;
      const row = tensor.row === undefined ? [] : [`${tensor.row} of ${size}`];
      return [dtype, size % 4 === 0, ...starts(tensor.reads), "w", ...starts(tensor.writes), ...row].join();
    });
    return tensors.join(";");
  }

  /** Declarations and access functions, with a place for each tensor. */
  declarations(places: readonly Place[]): string {
    const tensors = [...this.tensors.values()];
    const parts = tensors.map((tensor, binding) => declare(tensor, binding, places[binding]!));
    const more = [
      ...(this.usesScalarArguments ? ["call_arguments: array<u32>"] : []),
      ...(places.some((place) => "word" in place) ? ["places: array<i32>"] : []),
    ];
    const declared = more.map(
      (text, k) => `@group(0) @binding(${tensors.length + k}) var<storage, read> ${text};`,
    );
    return [...parts, ...declared].join("\n");
  }
}

/** What tells the functions of one start from those of another; notes the access. */
function suffixOf(accesses: Accesses, width: Width, start: number): string {
  const widths = accesses.get(start);
  if (widths) widths.add(width);
  else accesses.set(start, new Set([width]));
  return suffix([...accesses.keys()].indexOf(start), width);
}

const suffix = (position: number, width: Width): string =>
  `${width === 4 ? "4" : ""}${position > 0 ? `_${position}` : ""}`;

function accessOf({ writes }: BoundTensor): "read" | "read_write" {
  return writes.size > 0 ? "read_write" : "read";
}

function elementBytes({ value }: BoundTensor): number {
  return value.dtype === "float16" ? 2 : 4;
}

/** The first element from which accesses count. */
function firstOf({ reads, writes }: BoundTensor): number {
  return Math.min(...reads.keys(), ...writes.keys());
}

function skippedIn(tensor: BoundTensor): number {
  return firstOf(tensor) % (ALIGNMENT / elementBytes(tensor));
}

/**
 * Vectors need whole vectors: a buffer of 10 elements has no third vec4. Writes must not share a vector. What is read by
 * elements alone is so declared, though it be written by vectors: loops read, and an element of a vector is a choice.
 */
function isDeclaredAsVectors(tensor: BoundTensor, place: Place): boolean {
  const { value, reads, writes } = tensor;
  const has = (accesses: Accesses, width: Width): boolean =>
    [...accesses.values()].some((widths) => widths.has(width));
  const isWide = has(reads, 4) || (has(writes, 4) && !has(reads, 1));
  const isAligned = [...reads, ...writes].every(
    ([start, widths]) => !widths.has(4) || isWholeVector(tensor, place, start),
  );
  return isWide && isAligned && value.size % 4 === 0 && !has(writes, 1);
}

function isWholeVector(tensor: BoundTensor, place: Place, start: number): boolean {
  const fixed = start - firstOf(tensor) + ("skipped" in place ? place.skipped : 0);
  return fixed % 4 === 0 && ("skipped" in place || place.unit === 4);
}

function declare(tensor: BoundTensor, binding: number, place: Place): string {
  const { value, name } = tensor;
  const vectors = isDeclaredAsVectors(tensor, place);
  const element = memoryType(value.dtype, vectors ? 4 : 1);
  const variable = `@group(0) @binding(${binding}) var<storage, ${accessOf(tensor)}> ${name}: array<${element}>;`;
  return [variable, ...readers(tensor, place, vectors), ...writers(tensor, place, vectors)].join("\n");
}

/** The text of an index counted from a start, in the elements or vectors of the binding. */
function placed(tensor: BoundTensor, place: Place, start: number, index: string, width: Width): string {
  const fixed = start - firstOf(tensor) + ("skipped" in place ? place.skipped : 0);
  const terms = [index];
  if (fixed !== 0) terms.push(`${fixed / width}`);
  if (tensor.row !== undefined) terms.push(`${tensor.row} * ${tensor.value.size / width}`);
  if ("word" in place) terms.push(width === 4 ? `places[${place.word}] / 4` : `places[${place.word}]`);
  return terms.length === 1 ? index : `(${terms.join(" + ")})`;
}

function readers(tensor: BoundTensor, place: Place, vectors: boolean): string[] {
  const { name, value, reads } = tensor;
  const { dtype } = value;
  return [...reads].flatMap(([start, widths], position) =>
    [...widths].map((width) => {
      const at = (index: string, unit: Width): string => placed(tensor, place, start, index, unit);
      const text =
        width === 1
          ? oneOf(name, at("i", 1), vectors)
          : vectors
            ? `${name}[${at("i", 4)}]`
            : `${memoryType(dtype, 4)}(${[0, 1, 2, 3].map((lane) => `${name}[${at(`4 * i + ${lane}`, 1)}]`).join(", ")})`;
      const { text: read } = loadFromMemory(text, dtype, width);
      return `fn ${name}_get${suffix(position, width)}(i: i32) -> ${wgslType(dtype, width)} { return ${read}; }`;
    }),
  );
}

const oneOf = (name: string, index: string, vectors: boolean): string =>
  vectors ? `${name}[${index} >> 2u][${index} & 3]` : `${name}[${index}]`;

function writers(tensor: BoundTensor, place: Place, vectors: boolean): string[] {
  const { name, value, writes } = tensor;
  const { dtype } = value;
  const stored = (width: Width): string => storeToMemory({ text: "x", dtype, width });
  return [...writes].flatMap(([start, widths], position) =>
    [...widths].map((width) => {
      const at = (index: string, unit: Width): string => placed(tensor, place, start, index, unit);
      const lanes = [0, 1, 2, 3].map((lane) => `${name}[${at(`4 * i + ${lane}`, 1)}] = y[${lane}];`);
      const body =
        width === 1
          ? `${name}[${at("i", 1)}] = ${stored(1)};`
          : vectors
            ? `${name}[${at("i", 4)}] = ${stored(4)};`
            : `let y = ${stored(4)}; ${lanes.join(" ")}`;
      return `fn ${name}_set${suffix(position, width)}(i: i32, x: ${wgslType(dtype, width)}) { ${body} }`;
    }),
  );
}
