import { Tensor } from "../tensor.js";
import { userError } from "../trace/user-error.js";
import { flatten } from "../tree/tree.js";
import { isPlainObject } from "../tree/visit.js";

/** An axis for each leaf of a tree, null for none; one in place of a part of the tree is for all leaves below. */
export type AxisTree = number | null | readonly AxisTree[] | { readonly [key: string]: AxisTree };

/** The axis of each leaf of `tree`, in order. @throws W1020 where the two trees differ in structure. */
export function leafAxes(tree: unknown, axes: AxisTree, name: string): readonly (number | null)[] {
  if (axes === null || typeof axes === "number") return flatten(tree).leaves.map(() => axes);
  const parts = children(tree);
  const given = children(axes);
  const fits =
    parts !== undefined &&
    given !== undefined &&
    parts.isList === given.isList &&
    parts.keys.length === given.keys.length &&
    parts.keys.every((key) => given.keys.includes(key));
  if (fits) {
    return parts.keys.flatMap((key) => leafAxes(parts.at(key), given.at(key) as AxisTree, `${name}.${key}`));
  }
  throw unfitAxes(
    `the axes ${JSON.stringify(axes)} given for ${name} do not have its structure`,
    "an axis may stand for a whole tree; below that there is one for each entry",
  );
}

/** W1020: axes that an argument or the result of a mapped function does not have. */
export function unfitAxes(message: string, hint: string): Error {
  return userError({ code: "W1020", message, hint });
}

interface Children {
  readonly isList: boolean;
  readonly keys: readonly string[];
  at(key: string): unknown;
}

/** Undefined for a leaf. Maps take axes by their keys, as plain objects do. */
function children(tree: unknown): Children | undefined {
  if (typeof tree !== "object" || tree === null || tree instanceof Tensor) return undefined;
  if (Array.isArray(tree)) {
    return {
      isList: true,
      keys: [...tree.keys()].map(String),
      at: (key) => (tree as unknown[])[Number(key)],
    };
  }
  if (tree instanceof Map) {
    const byText = new Map([...tree].map(([key, value]) => [String(key), value as unknown]));
    return { isList: false, keys: [...byText.keys()], at: (key) => byText.get(key) };
  }
  if (!isPlainObject(tree)) return undefined;
  return { isList: false, keys: Object.keys(tree), at: (key) => tree[key] };
}
