import type { Value } from "@weftjs/ir";
import { loadFromMemory, memoryType, storeToMemory, wgslType } from "./scalar/index.js";

/** How one tensor is bound to a kernel and reached from its code. */
interface BoundTensor {
  readonly value: Value;
  readonly access: "read" | "read_write";
  readonly name: string;
  usesScalar: boolean;
  usesVector: boolean;
  /** Elements from which its accesses count, each with functions of its own. */
  readonly starts: number[];
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
    const tensor = this.note(value, "read", width);
    if (!tensor.starts.includes(start)) tensor.starts.push(start);
    return `${tensor.name}_get${suffixOf(tensor, width, start)}(${index})`;
  }

  write(value: Value, index: string, text: string, width: 1 | 4): string {
    const tensor = this.note(value, "read_write", width);
    return `${tensor.name}_set${width === 4 ? "4" : ""}(${index}, ${text});`;
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

  private note(value: Value, access: "read" | "read_write", width: 1 | 4): BoundTensor {
    let tensor = this.tensors.get(value);
    if (!tensor) {
      const name = `t${this.tensors.size}`;
      this.tensors.set(
        value,
        (tensor = { value, access, name, usesScalar: false, usesVector: false, starts: [] }),
      );
    }
    if (width === 4) tensor.usesVector = true;
    else tensor.usesScalar = true;
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
    const accesses: ("read" | "read_write" | "scalars")[] = [...this.tensors.values()].map(
      ({ access }) => access,
    );
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

function suffixOf({ starts }: BoundTensor, width: 1 | 4, start: number): string {
  const position = starts.indexOf(start);
  return `${width === 4 ? "4" : ""}${position > 0 ? `_${position}` : ""}`;
}

function elementBytes({ value }: BoundTensor): number {
  return value.dtype === "float16" ? 2 : 4;
}

/** The first element that is bound. */
function baseOf(tensor: BoundTensor): number {
  if (tensor.starts.length === 0 || tensor.access === "read_write") return 0;
  const step = ALIGNMENT / elementBytes(tensor);
  return Math.floor(Math.min(...tensor.starts) / step) * step;
}

/** Vectors need whole vectors: a buffer of 10 elements has no third vec4. Writes must not share a vector. */
function isDeclaredAsVectors({ value, access, usesScalar, usesVector }: BoundTensor): boolean {
  return usesVector && value.size % 4 === 0 && !(access === "read_write" && usesScalar);
}

function declare(tensor: BoundTensor, binding: number): string {
  const { value, access, name } = tensor;
  const vectors = isDeclaredAsVectors(tensor);
  const element = memoryType(value.dtype, vectors ? 4 : 1);
  const variable = `@group(0) @binding(${binding}) var<storage, ${access}> ${name}: array<${element}>;`;
  // A kernel that reads what it wrote has both.
  const functions = [...readers(tensor, vectors), ...(access === "read" ? [] : writers(tensor, vectors))];
  return [variable, ...functions].join("\n");
}

function readers(tensor: BoundTensor, vectors: boolean): string[] {
  const { name, value, usesScalar, usesVector, starts } = tensor;
  const reader = (suffix: string, text: string, width: 1 | 4): string => {
    const { text: read } = loadFromMemory(text, value.dtype, width);
    return `fn ${name}_get${suffix}(i: i32) -> ${wgslType(value.dtype, width)} { return ${read}; }`;
  };
  return starts.flatMap((start) => {
    const skipped = start - baseOf(tensor);
    const i = skipped === 0 ? "i" : `(i + ${skipped})`;
    const lines: string[] = [];
    const scalar = vectors ? `${name}[${i} >> 2u][${i} & 3]` : `${name}[${i}]`;
    if (usesScalar) lines.push(reader(suffixOf(tensor, 1, start), scalar, 1));
    if (usesVector && skipped % 4 === 0) {
      const four = [0, 1, 2, 3].map((lane) => `${name}[4 * i + ${skipped + lane}]`).join(", ");
      const vector = vectors
        ? `${name}[${skipped === 0 ? "i" : `i + ${skipped / 4}`}]`
        : `${memoryType(value.dtype, 4)}(${four})`;
      lines.push(reader(suffixOf(tensor, 4, start), vector, 4));
    }
    return lines;
  });
}

function writers({ name, value, usesScalar, usesVector }: BoundTensor, vectors: boolean): string[] {
  const { dtype } = value;
  const stored = (width: 1 | 4): string => storeToMemory({ text: "x", dtype, width });
  const lines: string[] = [];
  if (usesScalar)
    lines.push(`fn ${name}_set(i: i32, x: ${wgslType(dtype, 1)}) { ${name}[i] = ${stored(1)}; }`);
  if (usesVector) {
    const lanes = [0, 1, 2, 3].map((lane) => `${name}[4 * i + ${lane}] = y[${lane}];`).join(" ");
    const body = vectors ? `${name}[i] = ${stored(4)};` : `let y = ${stored(4)}; ${lanes}`;
    lines.push(`fn ${name}_set4(i: i32, x: ${wgslType(dtype, 4)}) { ${body} }`);
  }
  return lines;
}
