import type { Target } from "../target.js";

/** Caps on one kernel, from the adapter and from what shader compilers stand. */
export interface FusionLimits {
  /** Tensors one kernel may bind, one binding being kept: for the call's scalars, for what tells dispatches apart. */
  readonly bindings: number;
  /** Those that it may bind where that saves a dispatch: all, if the graph is known to need none beside tensors. */
  readonly mostBindings: number;
  /**
   * Nodes in one kernel. Compilers recurse over long dependent expressions: SwiftShader and Mesa take a thousand,
   * and compile time grows with the square well before that.
   */
  readonly nodes: number;
  /** Whether a loop over so many columns by so many rows keeps the device busy. */
  keepsBusy(rows: number, columns: number): boolean;
}

/** `keepsOne`: false where kernels bind nothing but what they load and store. */
export function fusionLimits(target: Target, keepsOne: boolean = true): FusionLimits {
  const busy =
    target.kind === "software"
      ? (rows: number, columns: number): boolean => rows >= 8 || columns <= 4096
      : (rows: number, columns: number): boolean => rows >= 128 || columns <= 4096;
  const bindings = target.maxStorageBuffers - 1;
  return { bindings, mostBindings: keepsOne ? bindings : bindings + 1, nodes: 128, keepsBusy: busy };
}
