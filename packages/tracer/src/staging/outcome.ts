import { formatType, sameType, type TensorType } from "@weftjs/ir";
import * as functions from "../functions/index.js";
import { Tensor } from "../tensor.js";
import { flatten, sameStructure, type TreeStructure, unflatten } from "../tree/tree.js";
import { userError } from "../trace/user-error.js";

/** What stands for a value that is read on no way that leads here. */
export const NOTHING: unique symbol = Symbol("nothing");

/**
 * What variables hold at the end of a branch, taken apart: numbers, bools and tensors, which a region can give, and
 * everything else, which must not depend on a tensor.
 */
export class Outcome {
  readonly leaves: readonly unknown[];
  private readonly structures: readonly TreeStructure[];

  constructor(
    /** The names of the variables, for messages. */
    private readonly names: readonly string[],
    readonly values: readonly unknown[],
  ) {
    const parts = values.map(flatten);
    this.leaves = parts.flatMap((part) => part.leaves);
    this.structures = parts.map((part) => part.structure);
  }

  /** The same, with zeros where there is nothing and the other way has something. */
  fittedTo(other: Outcome): Outcome {
    if (!this.values.includes(NOTHING)) return this;
    const theirs = other.asTaken();
    return new Outcome(
      this.names,
      this.asTaken().map((value, k) => (value === NOTHING ? zerosLike(theirs[k]) : value)),
    );
  }

  /** The leaves that a region can give. */
  data(): readonly (Tensor | number | boolean)[] {
    return this.leaves.filter(isData);
  }

  /** What a region is given: tensors; numbers and bools become them in the types of `wanted`, where it says one. */
  tensors(wanted: readonly (TensorType | null)[] = []): readonly Tensor[] {
    return this.leaves.flatMap((leaf, k) => (isData(leaf) ? [tensorOf(leaf, wanted[k] ?? null)] : []));
  }

  /** The values as they were when they were taken apart, whatever became of the objects they are in. */
  asTaken(): readonly unknown[] {
    return this.rebuilt(this.leaves);
  }

  /** The variables' values, with what a region gave in place of the data. */
  filled(tensors: readonly unknown[]): readonly unknown[] {
    let next = 0;
    return this.rebuilt(this.leaves.map((leaf) => (isData(leaf) ? tensors[next++] : leaf)));
  }

  /** The values after one of two ways, as a region chose them; objects that both left alone stay the very objects. */
  keptBy(other: Outcome, chosen: readonly unknown[]): readonly unknown[] {
    return this.values.map((value, k) => (Object.is(value, other.values[k]) ? value : chosen[k]));
  }

  /**
   * The types in which both can be given; null where that is a number's own. What is no data has to be the same.
   *
   * @throws W1053 where the two do not agree.
   */
  agreeWith(other: Outcome, here: string, there: string): readonly (TensorType | null)[] {
    this.structures.forEach((structure, k) => {
      if (sameStructure(structure, other.structures[k]!)) return;
      throw this.disagreement(k, kindOf(this.values[k]), kindOf(other.values[k]), here, there);
    });
    return this.leaves.map((leaf, k) => {
      const type = commonType(leaf, other.leaves[k]);
      if (type !== undefined) return type;
      throw this.disagreement(this.ownerOf(k), kindOf(leaf), kindOf(other.leaves[k]), here, there);
    });
  }

  /** Whether a leaf that is a number must become another kind of tensor than numbers are by themselves, or `known` says. */
  isWidenedBy(types: readonly (TensorType | null)[], known: readonly (TensorType | null)[]): boolean {
    return types.some(
      (type, k) =>
        type !== null &&
        !known[k] &&
        typeof this.leaves[k] === "number" &&
        !(type.dtype === "float32" && type.shape.length === 0),
    );
  }

  private rebuilt(leaves: readonly unknown[]): readonly unknown[] {
    let from = 0;
    return this.structures.map((structure) => {
      const count = leafCount(structure);
      const value = unflatten(structure, leaves.slice(from, from + count));
      from += count;
      return value;
    });
  }

  private ownerOf(leaf: number): number {
    let end = 0;
    return this.structures.findIndex((structure) => (end += leafCount(structure)) > leaf);
  }

  private disagreement(k: number, mine: string, others: string, here: string, there: string): Error {
    const name = this.names[k]!;
    return userError({
      code: "W1053",
      message: `${name} is ${mine} ${here} and ${others} ${there}; a tensor decides, so it must be of one kind`,
      hint: "give it the same shape, dtype and structure on both ways, as in let y = zeros([3])",
    });
  }
}

/** A value of the same kind, which nobody reads. */
export function zerosLike(tree: unknown): unknown {
  const { leaves, structure } = flatten(tree);
  const zero = (leaf: unknown): unknown =>
    leaf instanceof Tensor ? functions.full(leaf.shape, 0, { dtype: leaf.dtype }) : leaf;
  return unflatten(structure, leaves.map(zero));
}

function isData(leaf: unknown): leaf is Tensor | number | boolean {
  return leaf instanceof Tensor || typeof leaf === "number" || typeof leaf === "boolean";
}

/** Undefined where there is none. */
function commonType(a: unknown, b: unknown): TensorType | null | undefined {
  if (!isData(a) || !isData(b)) return Object.is(a, b) ? null : undefined;
  if (a instanceof Tensor && b instanceof Tensor) return sameType(a.type, b.type) ? a.type : undefined;
  if (a instanceof Tensor) return adopts(b, a.type) ? a.type : undefined;
  if (b instanceof Tensor) return adopts(a, b.type) ? b.type : undefined;
  return typeof a === typeof b ? null : undefined;
}

/** Whether a number or bool can stand for a tensor that holds it everywhere. */
function adopts(value: number | boolean | Tensor, { dtype }: TensorType): boolean {
  if (typeof value === "boolean") return dtype === "bool";
  return dtype.startsWith("float") || (dtype !== "bool" && Number.isInteger(value));
}

function tensorOf(leaf: Tensor | number | boolean, wanted: TensorType | null): Tensor {
  if (leaf instanceof Tensor) return leaf;
  const dtype = wanted?.dtype ?? (typeof leaf === "boolean" ? "bool" : "float32");
  return functions.full(wanted?.shape ?? [], Number(leaf), { dtype });
}

function leafCount(structure: TreeStructure): number {
  return structure.kind === "leaf"
    ? 1
    : structure.children.reduce((count, child) => count + leafCount(child), 0);
}

function kindOf(value: unknown): string {
  if (value instanceof Tensor) return formatType(value.type);
  if (value === undefined || value === null) return String(value);
  if (Array.isArray(value)) return `an array of ${value.length}`;
  if (typeof value === "string") return `the string ${JSON.stringify(value.slice(0, 20))}`;
  if (typeof value === "object") return `an object with ${Object.keys(value).join(", ") || "nothing"}`;
  return typeof value === "function" ? "a function" : `the ${typeof value} ${String(value)}`;
}
