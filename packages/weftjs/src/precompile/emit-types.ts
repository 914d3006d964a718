import { formatType } from "@weftjs/ir";
import type { ArgumentForm, PlainValue, PrecompiledModule, ResultForm, Signature } from "@weftjs/runtime";

/** The declarations beside a precompiled module: they need no package, of Weft's or of anyone's. */
export function emitTypes({ functions }: PrecompiledModule, heading: string): string {
  const members = functions.flatMap(({ name, signatures }) =>
    signatures.map(
      (signature) => `  ${docOf(signature)}\n  ${name}(${parametersOf(signature)}): ${resultOf(signature)};`,
    ),
  );
  return `${heading}\n${PRELUDE}
export interface Functions {
${members.join("\n")}
  /** What the functions run on. */
  readonly device: Device;
}

/** Opens a device and compiles the kernels. Rejects with an error whose \`code\` says why: W4001, W4002, W4030, W4070. */
export function load(options?: LoadOptions): Promise<Functions>;
`;
}

function docOf({ text }: Signature): string {
  return `/** \`${text.replaceAll("*/", "* /")}\` */`;
}

function parametersOf({ parameters, parameterNames }: Signature): string {
  return parameters.map((form, k) => `${nameOf(parameterNames[k]!, k)}: ${argumentType(form)}`).join(", ");
}

function nameOf(name: string, k: number): string {
  return /^[A-Za-z_$][\w$]*$/.test(name) && !RESERVED.has(name) ? name : `argument${k + 1}`;
}

const RESERVED = new Set(
  "arguments await break case catch class const continue debugger default delete do else enum eval export extends false finally for function if implements import in instanceof interface let new null package private protected public return static super switch this throw true try typeof var void while with yield".split(
    " ",
  ),
);

function argumentType(form: ArgumentForm): string {
  switch (form.kind) {
    case "tensor":
      return `/* ${formatType(form.type)} */ TensorInput`;
    case "number":
      return "number";
    case "fixed":
      return literalType(form.value);
    case "list":
      return `readonly [${form.items.map(argumentType).join(", ")}]`;
    case "object":
      return `{ ${form.items.map((item, k) => `readonly ${JSON.stringify(form.keys[k]!)}: ${argumentType(item)}`).join("; ")} }`;
    default:
      return form satisfies never;
  }
}

function resultOf({ result, program }: Signature): string {
  const type = (form: ResultForm): string => {
    switch (form.kind) {
      case "output":
        return `/* ${formatType(program!.outputs[form.output]!.type)} */ Tensor`;
      case "argument":
      case "constant":
        return "Tensor";
      case "number":
        return "number";
      case "fixed":
        return literalType(form.value);
      case "list":
        return `[${form.items.map(type).join(", ")}]`;
      case "object":
        return `{ ${form.items.map((item, k) => `${JSON.stringify(form.keys[k]!)}: ${type(item)}`).join("; ")} }`;
      case "map":
        return `Map<${union(form.keys.map(literalType))}, ${union(form.items.map(type))}>`;
      default:
        return form satisfies never;
    }
  };
  return type(result);
}

function union(types: readonly string[]): string {
  return types.length === 0 ? "never" : [...new Set(types)].join(" | ");
}

function literalType(value: PlainValue): string {
  if (typeof value === "number")
    return Number.isFinite(value) && !Object.is(value, -0) ? String(value) : "number";
  return typeof value === "string" ? JSON.stringify(value) : String(value);
}

const PRELUDE = `/// <reference lib="esnext.disposable" />

export type DType = "float32" | "float16" | "int32" | "uint32" | "bool";
export type TensorData = Float32Array | Int32Array | Uint32Array | Uint8Array;
export type NestedNumbers = number | NestedNumbers[];

/** A result on the device. What is dropped is collected; \`dispose()\`, or \`using\`, frees its memory at once. */
export interface Tensor {
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly size: number;
  /** The elements, row-major; of bool a \`Uint8Array\` of 0 and 1, of float16 a \`Float32Array\`. */
  data(): Promise<TensorData>;
  /** The one element as a number. */
  item(): Promise<number>;
  toArray(): Promise<NestedNumbers>;
  dispose(): void;
  [Symbol.dispose](): void;
}

/** Row-major elements, or nested arrays of them. */
export type Numbers =
  | number
  | boolean
  | readonly Numbers[]
  | Float32Array
  | Float64Array
  | Int32Array
  | Uint32Array
  | Int16Array
  | Uint16Array
  | Int8Array
  | Uint8Array
  | Uint8ClampedArray;

/** A tensor that a call of this module gave, or numbers, which are copied to the device. */
export type TensorInput = Tensor | Numbers;

export interface LoadOptions {
  /** A \`GPUDevice\` of yours; by default the functions have one of their own. */
  readonly device?: object;
  /** Where to ask for one, a \`GPU\`; by default \`navigator.gpu\`. In Node: what \`create([])\` of the package \`webgpu\` gives. */
  readonly gpu?: object;
  readonly powerPreference?: "low-power" | "high-performance";
  /** Bytes of device memory; by default 1 GiB, 512 MiB where shaders run on the CPU. */
  readonly budgetBytes?: number;
}

export interface Device {
  readonly info: { readonly name: string; readonly software: boolean };
  /** Numbers on the device, for what is used in many calls. float32 unless said otherwise. */
  tensor(value: Numbers, shape: readonly number[], dtype?: DType): Tensor;
  /** Waits until all that was called is computed. */
  sync(): Promise<void>;
  /** Counts since the module was loaded: dispatches, buffers, bytes. */
  stats(): Readonly<Record<string, number>>;
  /** Gives the device back, unless it is yours. */
  destroy(): void;
}
`;
