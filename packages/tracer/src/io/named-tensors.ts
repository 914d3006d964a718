import { formatType, sameShape } from "@weftjs/ir";
import { Tensor } from "../tensor.js";
import { objectOf } from "../tree/tree.js";
import { isPlainObject } from "../tree/visit.js";
import { misnamed } from "./file-error.js";

/** The name of a tree that is one tensor. */
const ALONE = "value";

/**
 * Every tensor of a tree by its path, `layers.0.w`. What is no tensor has no name.
 *
 * @throws W5023 for two tensors with one path, as in `{ a: { b }, "a.b": c }`.
 */
export function namedTensors(tree: unknown): Map<string, Tensor> {
  const named = new Map<string, Tensor>();
  mapNamed(tree, "", (name, x) => {
    if (named.has(name))
      throw misnamed(`two tensors have the path ${JSON.stringify(name)}`, "rename one of them");
    named.set(name, x);
    return x;
  });
  return named;
}

/**
 * The tree `like` with the tensors of these names in place of its own.
 *
 * @throws W5023 where a name, shape or dtype differs, or a name is left over.
 */
export function fillTree<T>(like: T, named: ReadonlyMap<string, Tensor>): T {
  const left = new Set(named.keys());
  const filled = mapNamed(like, "", (name, x) => {
    const found = named.get(name);
    if (!found || found.dtype !== x.dtype || !sameShape(found.shape, x.shape)) {
      throw misnamed(
        `${JSON.stringify(name)} is to be ${formatType(x.type)}, the file has ${found ? formatType(found.type) : "no such tensor"}`,
      );
    }
    left.delete(name);
    return found;
  });
  if (left.size === 0) return filled as T; // the same tree, with other tensors
  throw misnamed(`nothing takes ${[...left].map((name) => JSON.stringify(name)).join(", ")} of the file`);
}

/** Tensors by name as an object; any name may be a key, `__proto__` too. */
export function recordOf(named: ReadonlyMap<string, Tensor>): Record<string, Tensor> {
  return objectOf([...named.keys()], [...named.values()]) as Record<string, Tensor>; // of the values given
}

function mapNamed(tree: unknown, path: string, f: (name: string, x: Tensor) => Tensor): unknown {
  if (tree instanceof Tensor) return f(path || ALONE, tree);
  const below = (key: unknown, value: unknown): unknown =>
    mapNamed(value, path ? `${path}.${String(key)}` : String(key), f);
  if (Array.isArray(tree)) return tree.map((value, k) => below(k, value));
  if (tree instanceof Map) return new Map([...tree].map(([key, value]) => [key, below(key, value)]));
  if (typeof tree !== "object" || tree === null || !isPlainObject(tree)) return tree;
  const keys = Object.keys(tree);
  return objectOf(keys, keys.map((key) => below(key, tree[key]))); // prettier-ignore
}
