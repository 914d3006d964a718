import type { SourceLocation } from "./location.js";
import type { DType, TensorType } from "./types.js";

/**
 * A compiled computation as plain, serialisable data: what codegen emits and the runtime executes. It names
 * buffers by slot; a slot is one whole buffer, because a buffer may not be bound read-only and writable in
 * one dispatch.
 */
export interface Program {
  readonly name: string;
  /** Tensors to bind at every call, by position. */
  readonly inputs: readonly TensorType[];
  /** Numbers to pass at every call, by position; packed as 32-bit words into one storage buffer. */
  readonly scalars: readonly DType[];
  /** What a call gives back: each output's type and the slot that holds it afterwards. */
  readonly outputs: readonly ProgramOutput[];
  readonly slots: readonly Slot[];
  readonly kernels: readonly Kernel[];
  /** In order of execution, all in one compute pass; those of a loop's iteration stand here once. */
  readonly dispatches: readonly Dispatch[];
  /** Ranges of dispatches that run again and again; outer ones come before those within them. */
  readonly loops: readonly Loop[];
  /** Bytes of all buffers at the worst moment of one call, inputs and outputs counted. */
  readonly peakBytes: number;
}

export interface ProgramOutput {
  readonly type: TensorType;
  readonly slot: number;
}

/**
 * `input`: the buffer of that input. `output`: a buffer of its own that outlives the call. `temporary`: free
 * again when the call is encoded. Several values may live in one temporary slot, one after another.
 */
export type Slot =
  | { readonly kind: "input"; readonly input: number }
  | { readonly kind: "output"; readonly bytes: number }
  | { readonly kind: "temporary"; readonly bytes: number }
  /** No buffer of its own: stands for another slot's, which one depends on the iteration. */
  | { readonly kind: "carried"; readonly bytes: number }
  /** As many rows of `rowBytes` as a loop without known count runs iterations. */
  | { readonly kind: "tape"; readonly rowBytes: number };

/** Dispatches `first` to `end`, `end` left out, that make one iteration. */
export interface Loop {
  readonly first: number;
  readonly end: number;
  /** Iterations; null: while the first of what is carried, a bool, is true. Iterations after that change nothing. */
  readonly count: number | null;
  readonly carried: readonly CarriedSlots[];
}

/**
 * A value that goes from iteration to iteration, through two buffers in turn. Kernels bind `reads` and `writes`. The
 * first iteration reads `from`, the last writes `into`; between them `into` and `spare` change places.
 */
export interface CarriedSlots {
  readonly from: number;
  readonly into: number;
  readonly spare: number;
  readonly reads: number;
  readonly writes: number;
}

/** One WGSL compute shader; its entry point is called `main`. */
export interface Kernel {
  /** For people: only [A-Za-z0-9_], so that it may stand in generated source and labels. */
  readonly name: string;
  readonly wgsl: string;
  /**
   * `@group(0) @binding(i)`, i in order. `scalars` is the read-only storage buffer of the call's numbers, `places` that
   * of the dispatch's own.
   */
  readonly bindings: readonly ("read" | "read_write" | "scalars" | "places")[];
  /** Where the user wrote what this kernel computes. */
  readonly locations: readonly SourceLocation[];
}

export interface Dispatch {
  readonly kernel: number;
  /** One slot for each of the kernel's bindings; -1 where the binding is `scalars` or `places`. */
  readonly slots: readonly number[];
  /** Bytes at which each binding starts in its slot, multiples of 256; from the front where absent. */
  readonly offsets?: readonly number[];
  /** Elements to skip in some of the bindings: where a tensor begins that begins at no multiple of 256 bytes. */
  readonly places?: readonly number[];
  readonly workgroups: readonly [number, number, number];
  /** For profiles; absent where it is not known. */
  readonly cost?: DispatchCost;
}

/** What a dispatch cannot do without, whatever its kernel does. */
export interface DispatchCost {
  /** Of all buffers read or written, each once. */
  readonly bytes: number;
  /** One for each element of an op, two for each product of a contraction. */
  readonly operations: number;
}
