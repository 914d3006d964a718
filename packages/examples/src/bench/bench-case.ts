import { eager, jit } from "weftjs";

/** `jit` or `eager`: a function in, the same function compiled another way out. */
export type Compile = <Args extends readonly unknown[], Result>(
  f: (...args: Args) => Result,
  options?: { readonly donate?: readonly number[] },
) => (...args: Args) => Result;

export const fused: Compile = (f, options) => jit(f, { donate: [...(options?.donate ?? [])] });

/** One kernel an op. Consumes nothing, so `donate` has no meaning to it. */
export const unfused: Compile = (f) => eager(f);

/** One computation, ready to be called again and again. */
export interface Run {
  /** Queues one call. */
  call(): void;
  /** All numbers of the latest call's results, to compare two runs by. */
  results(): Promise<number[]>;
}

export interface BenchCase {
  readonly name: string;
  /** Sizes, for people. */
  readonly what: string;
  /** Starts afresh: equal arguments each time, so that two runs can be compared. */
  start(compile: Compile): Run;
}
