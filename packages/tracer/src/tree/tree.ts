import { Tensor } from "../tensor.js";
import { userError } from "../trace/user-error.js";
import { isPlainObject } from "./visit.js";

/** The shape of a tree: what `flatten` leaves behind and `unflatten` fills again. */
export type TreeStructure = LeafStructure | ArrayStructure | ObjectStructure | MapStructure;

/** Something that is not looked into: a tensor, a number, an object of a class. */
export interface LeafStructure {
  /** Tells the structures apart. */
  readonly kind: "leaf";
}

/** An array or a tuple. */
export interface ArrayStructure {
  /** Tells the structures apart. */
  readonly kind: "array";
  /** In order. */
  readonly children: readonly TreeStructure[];
}

/** A plain object. */
export interface ObjectStructure {
  /** Tells the structures apart. */
  readonly kind: "object";
  /** In the object's own order. */
  readonly keys: readonly string[];
  /** One a key. */
  readonly children: readonly TreeStructure[];
}

/** A Map. */
export interface MapStructure {
  /** Tells the structures apart. */
  readonly kind: "map";
  /** In order of insertion. */
  readonly keys: readonly unknown[];
  /** One a key. */
  readonly children: readonly TreeStructure[];
}

const LEAF: TreeStructure = { kind: "leaf" };

/** A tree taken apart. */
export interface FlatTree {
  /** In order. */
  readonly leaves: unknown[];
  /** All but the leaves. */
  readonly structure: TreeStructure;
}

/** The leaves of a tree in order, and its structure. Leaves: all that is no array, plain object or Map. */
export function flatten(tree: unknown): FlatTree {
  const leaves: unknown[] = [];
  return { leaves, structure: structureOf(tree, leaves) };
}

function structureOf(tree: unknown, leaves: unknown[]): TreeStructure {
  const below = (values: readonly unknown[]): TreeStructure[] =>
    values.map((value) => structureOf(value, leaves));
  if (Array.isArray(tree)) return { kind: "array", children: below(tree) };
  if (tree instanceof Map)
    return { kind: "map", keys: [...tree.keys()], children: below([...tree.values()]) };
  if (typeof tree === "object" && tree !== null && !(tree instanceof Tensor) && isPlainObject(tree)) {
    const keys = Object.keys(tree);
    return { kind: "object", keys, children: below(keys.map((key) => tree[key])) };
  }
  leaves.push(tree);
  return LEAF;
}

/** The tree of this structure with these leaves. @throws W1011 when there are too many or too few. */
export function unflatten(structure: TreeStructure, leaves: readonly unknown[]): unknown {
  let next = 0;
  const build = (part: TreeStructure): unknown => {
    switch (part.kind) {
      case "leaf":
        return leaves[next++];
      case "array":
        return part.children.map(build);
      case "object":
        return objectOf(part.keys, part.children.map(build));
      case "map":
        return new Map(part.children.map((child, k) => [part.keys[k], build(child)]));
      default:
        return part satisfies never;
    }
  };
  const tree = build(structure);
  if (next === leaves.length) return tree;
  throw userError({ code: "W1011", message: `a tree of ${next} leaves was given ${leaves.length}` });
}

/** Keys are data: `__proto__` is one like any other. */
export function objectOf(keys: readonly string[], values: readonly unknown[]): Record<string, unknown> {
  const object: Record<string, unknown> = {};
  for (let k = 0; k < keys.length; k++) setOwn(object, keys[k]!, values[k]);
  return object;
}

function setOwn(object: Record<string, unknown>, key: string, value: unknown): void {
  // An assignment is ten times as quick; where the prototype has the key, it might call a setter or be refused.
  if (!(key in Object.prototype)) object[key] = value;
  else Object.defineProperty(object, key, { value, writable: true, enumerable: true, configurable: true });
}

/** Applies `f` to each leaf, with the leaves of further trees of the same structure at the same place. @throws W1011 for other structures. */
export function map<T>(f: (leaf: never, ...others: never[]) => unknown, tree: T, ...others: readonly T[]): T {
  const { leaves, structure } = flatten(tree);
  const rest = others.map((other) => flatten(other));
  for (const other of rest) {
    if (sameStructure(other.structure, structure)) continue;
    throw userError({
      code: "W1011",
      message: "tree.map needs trees of one structure",
      notes: [`the first has ${leaves.length} leaves, another ${other.leaves.length}`],
    });
  }
  // What the caller says of its leaves is all that is known of them.
  const apply = f as (...leaves: readonly unknown[]) => unknown;
  return unflatten(
    structure,
    leaves.map((leaf, k) => apply(leaf, ...rest.map((other) => other.leaves[k]))),
  ) as T;
}

/** Whether two trees are alike but for their leaves. */
export function sameStructure(a: TreeStructure, b: TreeStructure): boolean {
  if (a.kind === "leaf" || b.kind === "leaf") return a.kind === b.kind;
  if (a.kind !== b.kind || a.children.length !== b.children.length) return false;
  if ("keys" in a && "keys" in b && !a.keys.every((key, k) => key === b.keys[k])) return false;
  return a.children.every((child, k) => sameStructure(child, b.children[k]!));
}
