import { Tensor } from "../tensor.js";

/** A plain object, as a literal makes it: other classes keep what they hold to themselves. */
export function isPlainObject(value: object): value is Record<string, unknown> {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/** Calls back with each tensor in a tree, in order. What holds itself is looked into once. */
export function visitTensors(
  tree: unknown,
  visit: (tensor: Tensor) => void,
  seen: Set<object> = new Set(),
): void {
  if (typeof tree !== "object" || tree === null) return;
  if (tree instanceof Tensor) return visit(tree);
  if (seen.has(tree)) return;
  seen.add(tree);
  if (Array.isArray(tree)) for (const child of tree) visitTensors(child, visit, seen);
  else if (tree instanceof Map) for (const child of tree.values()) visitTensors(child, visit, seen);
  else if (isPlainObject(tree)) for (const key of Object.keys(tree)) visitTensors(tree[key], visit, seen);
}

/** Calls back with each leaf and where it stands: `[0]`, `.weights.b`. */
export function visitLeaves(
  tree: unknown,
  visit: (leaf: unknown, path: string) => void,
  path: string = "",
): void {
  if (typeof tree !== "object" || tree === null || tree instanceof Tensor) visit(tree, path);
  else if (Array.isArray(tree)) tree.forEach((child, k) => visitLeaves(child, visit, `${path}[${k}]`));
  else if (tree instanceof Map) {
    for (const [key, child] of tree) visitLeaves(child, visit, `${path}.get(${String(key)})`);
  } else if (isPlainObject(tree)) {
    for (const key of Object.keys(tree)) visitLeaves(tree[key], visit, `${path}${member(key)}`);
  } else visit(tree, path);
}

function member(key: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`;
}
