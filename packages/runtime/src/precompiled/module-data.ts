import type { Program, TensorType } from "@weftjs/ir/core";

/** What `weft build --precompile` puts into a module: programs and how to call them, as plain data. */
export interface PrecompiledModule {
  readonly functions: readonly PrecompiledFunction[];
  readonly constants: readonly Constant[];
  readonly needs: DeviceNeeds;
}

/** What a function depends on besides its arguments, as it was when it was compiled. */
export interface Constant {
  readonly type: TensorType;
  /** As a device stores it, in base64. */
  readonly content: string;
}

/** What a device has to have. */
export interface DeviceNeeds {
  /** Of WebGPU, by name: at least so much. */
  readonly limits: Readonly<Record<string, number>>;
  readonly features: readonly string[];
}

export interface PrecompiledFunction {
  readonly name: string;
  /** The first that fits a call's arguments is taken. */
  readonly signatures: readonly Signature[];
}

/** One way to call a function. The tensors and the numbers of its arguments are counted, each in order. */
export interface Signature {
  /** For messages: the arguments as they were asked for. */
  readonly text: string;
  readonly parameterNames: readonly string[];
  readonly parameters: readonly ArgumentForm[];
  /** Null where everything that is given back was there before. */
  readonly program: Program | null;
  readonly inputs: readonly InputSource[];
  /** Which number of the arguments each scalar of the program is. */
  readonly scalars: readonly number[];
  readonly result: ResultForm;
  /** Tensors of the arguments that a call consumes. */
  readonly donated: readonly number[];
}

export type InputSource = { readonly argument: number } | { readonly constant: number };

/** A value that JavaScript keeps for itself. */
export type PlainValue = number | boolean | string | null | undefined;

/** What an argument, or a part of one, has to be. */
export type ArgumentForm =
  | { readonly kind: "tensor"; readonly type: TensorType }
  /** Passed at run time. */
  | { readonly kind: "number"; readonly isWhole: boolean }
  /** Compiled in: this very value. */
  | { readonly kind: "fixed"; readonly value: PlainValue }
  | { readonly kind: "list"; readonly items: readonly ArgumentForm[] }
  | { readonly kind: "object"; readonly keys: readonly string[]; readonly items: readonly ArgumentForm[] };

/** What a result, or a part of one, is. */
export type ResultForm =
  | { readonly kind: "output"; readonly output: number }
  | { readonly kind: "argument"; readonly argument: number }
  | { readonly kind: "constant"; readonly constant: number }
  | { readonly kind: "number"; readonly number: number }
  | { readonly kind: "fixed"; readonly value: PlainValue }
  | { readonly kind: "list"; readonly items: readonly ResultForm[] }
  | { readonly kind: "object"; readonly keys: readonly string[]; readonly items: readonly ResultForm[] }
  | { readonly kind: "map"; readonly keys: readonly PlainValue[]; readonly items: readonly ResultForm[] };
