import type { Target } from "../target.js";

/** Caps on one kernel, from the adapter and from what shader compilers stand. */
export interface FusionLimits {
  /** Tensors one kernel may bind, one binding being kept for the call's scalars. */
  readonly bindings: number;
  /**
   * Nodes in one kernel. Compilers recurse over long dependent expressions: SwiftShader and Mesa take a thousand,
   * and compile time grows with the square well before that.
   */
  readonly nodes: number;
  /** Whether a loop over so many columns by so many rows keeps the device busy. */
  keepsBusy(rows: number, columns: number): boolean;
}

export function fusionLimits(target: Target): FusionLimits {
  const busy =
    target.kind === "software"
      ? (rows: number, columns: number): boolean => rows >= 8 || columns <= 4096
      : (rows: number, columns: number): boolean => rows >= 128 || columns <= 4096;
  return { bindings: target.maxStorageBuffers - 1, nodes: 128, keepsBusy: busy };
}
