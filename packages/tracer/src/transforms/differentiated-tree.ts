import { Tensor } from "../tensor.js";
import { userError } from "../trace/user-error.js";
import { flatten, type TreeStructure, unflatten } from "../tree/tree.js";
import { visitLeaves } from "../tree/visit.js";
import type { NamedLeaf } from "./block.js";

/** The arguments of a differentiated function: which leaves are differentiated, and how to put others in their place. */
export class DifferentiatedTree {
  readonly leaves: readonly NamedLeaf[];
  private readonly parts: readonly {
    readonly leaves: readonly unknown[];
    readonly structure: TreeStructure;
  }[];

  /** @throws W1008, W1009 */
  constructor(
    private readonly args: readonly unknown[],
    private readonly argnums: readonly number[],
    names: readonly string[],
  ) {
    const leaves: NamedLeaf[] = [];
    this.parts = argnums.map((k) => {
      const before = leaves.length;
      const name = names[k] || `argument ${k}`;
      collect(args[k], name, leaves);
      if (leaves.length === before) throw nothingToDifferentiate(k, args);
      return flatten(args[k]);
    });
    this.leaves = leaves;
  }

  /** The arguments with other tensors for the differentiated leaves. */
  argumentsWith(tensors: readonly Tensor[]): unknown[] {
    const args = [...this.args];
    const trees = this.gradientsWith(tensors);
    this.argnums.forEach((k, position) => (args[k] = trees[position]));
    return args;
  }

  /** Trees like the differentiated arguments. */
  gradientsWith(tensors: readonly Tensor[]): unknown[] {
    let next = 0;
    return this.parts.map(({ leaves, structure }) =>
      unflatten(
        structure,
        leaves.map((leaf) => (leaf instanceof Tensor || typeof leaf === "number" ? tensors[next++] : leaf)),
      ),
    );
  }
}

/** Tensors are differentiated; of numbers, those that are an argument by themselves. */
function collect(argument: unknown, name: string, leaves: NamedLeaf[]): void {
  visitLeaves(argument, (leaf, path) => {
    if (leaf instanceof Tensor) leaves.push({ operand: leaf, path: `${name}${path}` });
    if (typeof leaf !== "number") return;
    if (path !== "") throw numberInside(`${name}${path}`, leaf);
    leaves.push({ operand: leaf, path: name });
  });
}

function numberInside(path: string, value: number): Error {
  return userError({
    code: "W1008",
    message: `${path} is the number ${value}, in a tree that is differentiated`,
    hint: "make it a tensor, or pass it in an argument that is not in argnums",
  });
}

function nothingToDifferentiate(position: number, args: readonly unknown[]): Error {
  const got = position in args ? "holds no tensor" : `is not there, ${args.length} were passed`;
  return userError({
    code: "W1009",
    message: `argument ${position} is to be differentiated, but ${got}`,
    hint: "check argnums, counted from 0; only arrays, plain objects and Maps are looked into",
  });
}
