import type { Value } from "@weftjs/ir";
import { loadFromMemory, memoryType, storeToMemory, wgslType } from "./scalar/index.js";

/** How one tensor is bound to a kernel and reached from its code. */
interface BoundTensor {
  readonly value: Value;
  readonly name: string;
  /** Widths of its accesses. */
  readonly reads: Set<1 | 4>;
  readonly writes: Set<1 | 4>;
  /** Elements from which accesses count, each with functions of its own; no binding is written where none write. */
  readonly readStarts: number[];
  readonly writeStarts: number[];
}

/** Bytes to which the start of a binding is rounded down: the coarsest that an adapter may ask for. */
const ALIGNMENT = 256;

/**
 * The tensors of one kernel. Code reads and writes through one small function a tensor and width, so that whether the
 * buffer is declared as scalars or as vectors is decided once all accesses are known.
 */
export class Bindings {
  private readonly tensors = new Map<Value, BoundTensor>();
  private usesScalarArguments = false;
  private readonly scalarArguments: ReadonlyMap<Value, number>;

  constructor(params: readonly Value[]) {
    const scalars = params.filter((param) => param.passedAs === "scalar");
    this.scalarArguments = new Map(scalars.map((param, position) => [param, position]));
  }

  /** Text that reads one element, or four from `4 * index` on, counted from element `start`. */
  read(value: Value, index: string, width: 1 | 4, start: number = 0): string {
    const tensor = this.note(value);
    tensor.reads.add(width);
    return `${tensor.name}_get${suffixOf(tensor.readStarts, width, start)}(${index})`;
  }

  /** The statement that writes one element, or four. */
  write(value: Value, index: string, text: string, width: 1 | 4, start: number = 0): string {
    const tensor = this.note(value);
    tensor.writes.add(width);
    return `${tensor.name}_set${suffixOf(tensor.writeStarts, width, start)}(${index}, ${text});`;
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
      const name = `t${this.tensors.size}`;
      tensor = { value, name, reads: new Set(), writes: new Set(), readStarts: [], writeStarts: [] };
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
    const offsets = [...this.tensors.values()].map((tensor) => baseOf(tensor) * elementBytes(tensor));
    return this.usesScalarArguments ? [...offsets, 0] : offsets;
  }

  get accesses(): readonly ("read" | "read_write" | "scalars")[] {
    const accesses: ("read" | "read_write" | "scalars")[] = [...this.tensors.values()].map(accessOf);
    return this.usesScalarArguments ? [...accesses, "scalars"] : accesses;
  }

  /** Declarations and access functions, to stand before the kernel's code. */
  declarations(): string {
    const tensors = [...this.tensors.values()];
    const parts = tensors.map((tensor, binding) => declare(tensor, binding));
    if (this.usesScalarArguments) {
      parts.push(`@group(0) @binding(${tensors.length}) var<storage, read> call_arguments: array<u32>;`);
    }
    return parts.join("\n");
  }
}

/** What tells the functions of one start from those of another; notes the start. */
function suffixOf(starts: number[], width: 1 | 4, start: number): string {
  if (!starts.includes(start)) starts.push(start);
  const position = starts.indexOf(start);
  return `${width === 4 ? "4" : ""}${position > 0 ? `_${position}` : ""}`;
}

function accessOf({ writeStarts }: BoundTensor): "read" | "read_write" {
  return writeStarts.length > 0 ? "read_write" : "read";
}

function elementBytes({ value }: BoundTensor): number {
  return value.dtype === "float16" ? 2 : 4;
}

/** The first element that is bound. */
function baseOf(tensor: BoundTensor): number {
  const step = ALIGNMENT / elementBytes(tensor);
  return Math.floor(Math.min(...tensor.readStarts, ...tensor.writeStarts) / step) * step;
}

/**
 * Vectors need whole vectors: a buffer of 10 elements has no third vec4. Writes must not share a vector. What is read by
 * elements alone is so declared, though it be written by vectors: loops read, and an element of a vector is a choice.
 */
function isDeclaredAsVectors({ value, reads, writes }: BoundTensor): boolean {
  const isWide = reads.has(4) || (writes.has(4) && !reads.has(1));
  return isWide && value.size % 4 === 0 && !writes.has(1);
}

function declare(tensor: BoundTensor, binding: number): string {
  const { value, name } = tensor;
  const vectors = isDeclaredAsVectors(tensor);
  const element = memoryType(value.dtype, vectors ? 4 : 1);
  const variable = `@group(0) @binding(${binding}) var<storage, ${accessOf(tensor)}> ${name}: array<${element}>;`;
  return [variable, ...readers(tensor, vectors), ...writers(tensor, vectors)].join("\n");
}

function readers(tensor: BoundTensor, vectors: boolean): string[] {
  const { name, value, reads, readStarts } = tensor;
  const { dtype } = value;
  return readStarts.flatMap((start) => {
    const skipped = start - baseOf(tensor);
    const i = placeText("i", skipped);
    const lines: string[] = [];
    const reader = (width: 1 | 4, text: string): void => {
      const { text: read } = loadFromMemory(text, dtype, width);
      const suffix = suffixOf(readStarts, width, start);
      lines.push(`fn ${name}_get${suffix}(i: i32) -> ${wgslType(dtype, width)} { return ${read}; }`);
    };
    if (reads.has(1)) reader(1, vectors ? `${name}[${i} >> 2u][${i} & 3]` : `${name}[${i}]`);
    if (reads.has(4) && skipped % 4 === 0) {
      const four = [0, 1, 2, 3].map((lane) => `${name}[${placeText("4 * i", skipped + lane)}]`).join(", ");
      reader(4, vectors ? `${name}[${placeText("i", skipped / 4)}]` : `${memoryType(dtype, 4)}(${four})`);
    }
    return lines;
  });
}

function writers(tensor: BoundTensor, vectors: boolean): string[] {
  const { name, value, writes, writeStarts } = tensor;
  const { dtype } = value;
  const stored = (width: 1 | 4): string => storeToMemory({ text: "x", dtype, width });
  return writeStarts.flatMap((start) => {
    const skipped = start - baseOf(tensor);
    const lines: string[] = [];
    const writer = (width: 1 | 4, body: string): void => {
      const suffix = suffixOf(writeStarts, width, start);
      lines.push(`fn ${name}_set${suffix}(i: i32, x: ${wgslType(dtype, width)}) { ${body} }`);
    };
    if (writes.has(1)) writer(1, `${name}[${placeText("i", skipped)}] = ${stored(1)};`);
    if (writes.has(4) && skipped % 4 === 0) {
      const lanes = [0, 1, 2, 3].map(
        (lane) => `${name}[${placeText("4 * i", skipped + lane)}] = y[${lane}];`,
      );
      const body = vectors
        ? `${name}[${placeText("i", skipped / 4)}] = ${stored(4)};`
        : `let y = ${stored(4)}; ${lanes.join(" ")}`;
      writer(4, body);
    }
    return lines;
  });
}

const placeText = (index: string, skipped: number): string =>
  skipped === 0 ? index : `(${index} + ${skipped})`;
