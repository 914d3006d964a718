import { type DType, isFloat } from "@weftjs/ir";
import { tensor } from "../functions/creation.js";
import { Tensor } from "../tensor.js";
import { userError } from "../trace/user-error.js";
import { flatten, unflatten } from "../tree/tree.js";
import { parameterNames } from "./argument-names.js";
import { DifferentiatedTree } from "./differentiated-tree.js";
import type { AnyFunction } from "./jit.js";
import { jvp } from "./jvp.js";
import { vjp } from "./vjp.js";

/** How strictly `checkGrads` compares. */
export interface CheckGradsOptions {
  /** 1 (the default) checks the derivatives, 2 those of the gradients too. */
  readonly order?: 1 | 2;
  /** Relative and absolute difference allowed; by default what the coarsest dtype of the arguments can show. */
  readonly rtol?: number;
  /** The absolute difference that is allowed, alike. */
  readonly atol?: number;
}

/** Elements of one argument that are moved, evenly spread; each costs two calls of `f`. */
const MOST_ELEMENTS = 64;

/** By dtype: the step for a number of size 1, about the cube root of its rounding, and what is then left to see. */
const PRECISION: Readonly<Partial<Record<DType, { readonly step: number; readonly tolerance: number }>>> = {
  float64: { step: 6e-6, tolerance: 1e-6 },
  float32: { step: 5e-3, tolerance: 2e-2 },
  float16: { step: 6e-2, tolerance: 0.2 },
};

/**
 * Holds the derivatives of `f` at `args` against central differences: `vjp` element by element of the arguments (of
 * large ones 64, evenly spread) and `jvp` along one direction. `f` gives any tree of tensors; its floats count. Where
 * `f` has a kink within the step the two may differ.
 *
 * @throws W1026, in the promise, with the element that is furthest off.
 */
export async function checkGrads<F extends AnyFunction>(
  f: F,
  args: Readonly<Parameters<F>>,
  options: CheckGradsOptions = {},
): Promise<void> {
  await checkOnce(f, args, options, "");
  if ((options.order ?? 1) < 2) return;
  const slopes = (...given: unknown[]): unknown => {
    const [out, pullback] = vjp(f as AnyFunction, ...(given as never[]));
    return pullback(cotangentsLike(out) as never);
  };
  Object.defineProperty(slopes, "name", { value: `gradient of ${nameOf(f)}` });
  await checkOnce(slopes, args as readonly never[], options, "second ");
}

async function checkOnce(
  f: AnyFunction,
  args: readonly unknown[],
  options: CheckGradsOptions,
  which: string,
): Promise<void> {
  const check = await Check.of(f, args, options, which);
  await check.reverse();
  await check.forward();
}

interface Fault {
  readonly where: string;
  readonly rule: number;
  readonly difference: number;
  /** In multiples of what is allowed. */
  readonly excess: number;
}

class Check {
  private constructor(
    private readonly f: (...args: unknown[]) => unknown,
    private readonly tree: DifferentiatedTree,
    /** The differentiated leaves, read. */
    private readonly contents: readonly { readonly data: Float64Array; readonly leaf: Tensor }[],
    private readonly step: number,
    private readonly rtol: number,
    private readonly atol: number,
    private readonly which: string,
  ) {}

  static async of(
    f: AnyFunction,
    args: readonly unknown[],
    { rtol, atol }: CheckGradsOptions,
    which: string,
  ): Promise<Check> {
    const tree = new DifferentiatedTree(args, [...args.keys()], parameterNames(f));
    const tensors = tree.leaves.map(({ operand }) =>
      typeof operand === "number" ? tensor(operand, { dtype: "float32" }) : operand,
    );
    const contents = await Promise.all(
      tensors.map(async (leaf) => ({ leaf, data: Float64Array.from(await leaf.data()) })),
    );
    const coarsest = (["float16", "float32", "float64"] as const).find((dtype) =>
      tensors.some((leaf) => leaf.dtype === dtype),
    );
    const { step, tolerance } = PRECISION[coarsest ?? "float32"]!;
    return new Check(f as never, tree, contents, step, rtol ?? tolerance, atol ?? tolerance, which);
  }

  /** Weights the results into one number and moves element after element. */
  async reverse(): Promise<void> {
    const [out, pullback] = vjp(this.f as AnyFunction, ...(this.args([]) as never[]));
    const gradients = floats(pullback(cotangentsLike(out) as never));
    const rules = await Promise.all(gradients.map((gradient) => gradient.data()));
    const places = this.contents.flatMap(({ data }, k) => spread(data.length).map((i) => [k, i] as const));
    const differences = await Promise.all(places.map(([k, i]) => this.slope(k, i)));
    const faults = places.map(([k, i], n): Fault => {
      const where = `${this.tree.leaves[k]!.path}, element ${i}`;
      return this.fault(where, rules[k]![i]!, differences[n]!);
    });
    this.report("vjp", faults);
  }

  /** Moves all arguments at once. */
  async forward(): Promise<void> {
    const directions = this.contents.map(({ data }, k) => data.map((_, i) => weight(i, k + 1)));
    const tangents = this.tree.gradientsWith(
      this.contents.map(({ leaf }, k) => tensorLike(leaf, directions[k]!)),
    );
    const [, tangent] = jvp(this.f as AnyFunction, this.args([]) as never[], tangents as never[]);
    const step = this.step * Math.max(...this.contents.flatMap(({ data }) => [...data].map(Math.abs)), 1);
    const moved = (sign: number): Promise<readonly ArrayLike<number>[]> =>
      this.results(
        this.contents.map(({ data }, k) => data.map((x, i) => x + sign * step * directions[k]![i]!)),
      );
    const [rules, above, below] = await Promise.all([readAll(floats(tangent)), moved(1), moved(-1)]);
    const faults = rules.flatMap((rule, k) =>
      Array.from(rule, (value, i) => {
        const difference = (above[k]![i]! - below[k]![i]!) / (2 * step);
        return this.fault(`result ${k}, element ${i}`, value, difference);
      }),
    );
    this.report("jvp", faults);
  }

  /** How the weighted sum of the results changes with one element. The weights meet differences, which are small. */
  private async slope(k: number, i: number): Promise<number> {
    const at = this.contents[k]!.data[i]!;
    const step = this.step * Math.max(1, Math.abs(at));
    const moved = (x: number): Promise<readonly ArrayLike<number>[]> =>
      this.results(this.contents.map(({ data }, j) => (j === k ? data.with(i, x) : data)));
    const [above, below] = await Promise.all([moved(at + step), moved(at - step)]);
    let slope = 0;
    above.forEach((values, j) => {
      for (let n = 0; n < values.length; n++) {
        slope += (weight(n, j) * (values[n]! - below[j]![n]!)) / (2 * step);
      }
    });
    return slope;
  }

  private results(contents: readonly Float64Array[]): Promise<readonly ArrayLike<number>[]> {
    return readAll(floats(this.f(...this.args(contents))));
  }

  /** The arguments, with other contents where given. */
  private args(contents: readonly Float64Array[]): unknown[] {
    return this.tree.argumentsWith(
      this.contents.map(({ leaf }, k) => (contents[k] ? tensorLike(leaf, contents[k]) : leaf)),
    );
  }

  private fault(where: string, rule: number, difference: number): Fault {
    const allowed = this.atol + this.rtol * Math.abs(difference);
    const gap = Math.abs(rule - difference);
    // NaN is off beyond all measure.
    return { where, rule, difference, excess: gap <= allowed ? 0 : gap / allowed || Infinity };
  }

  private report(kind: string, faults: readonly Fault[]): void {
    const wrong = faults.filter(({ excess }) => excess > 0);
    if (wrong.length === 0) return;
    const worst = wrong.reduce((most, fault) => (fault.excess > most.excess ? fault : most));
    throw userError({
      code: "W1026",
      message: `the ${this.which}derivatives of ${nameOf(this.f)} by ${kind} differ from central differences in ${wrong.length} of ${faults.length} elements`,
      notes: [
        `worst at ${worst.where}: ${kind} gives ${worst.rule}, differences give ${worst.difference}`,
        `allowed is ${this.atol} and ${this.rtol} of the difference`,
      ],
      hint: "check the gradients of your own ops; near a kink differences mean nothing",
    });
  }
}

/** Fixed numbers in ±1, none of them small, so that swapped and transposed elements show. */
function weight(i: number, k: number): number {
  const x = (i * 0.618034 + k * 0.414214 + 0.3) % 1;
  return x < 0.5 ? x - 1 : x;
}

function cotangentsLike(out: unknown): unknown {
  const { leaves, structure } = flatten(out);
  let next = 0;
  return unflatten(
    structure,
    leaves.map((leaf) => {
      if (!(leaf instanceof Tensor)) return leaf;
      const k = next++;
      return tensorLike(
        leaf,
        Float64Array.from({ length: leaf.size }, (_, i) => weight(i, k)),
      );
    }),
  );
}

function tensorLike(leaf: Tensor, data: Float64Array): Tensor {
  return tensor(data, { dtype: leaf.dtype, shape: leaf.shape });
}

function floats(tree: unknown): readonly Tensor[] {
  return flatten(tree).leaves.filter((leaf) => leaf instanceof Tensor && isFloat(leaf.dtype)) as Tensor[];
}

function readAll(tensors: readonly Tensor[]): Promise<readonly ArrayLike<number>[]> {
  return Promise.all(tensors.map((one) => one.data()));
}

function spread(length: number): readonly number[] {
  const count = Math.min(length, MOST_ELEMENTS);
  return Array.from({ length: count }, (_, i) => Math.floor((i * length) / count));
}

function nameOf(f: { readonly name: string }): string {
  return f.name || "the function";
}
