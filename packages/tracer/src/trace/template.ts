import { sameType, type TensorType } from "@weftjs/ir";
import { Tensor } from "../tensor.js";
import { objectOf } from "../tree/tree.js";
import { isPlainObject } from "../tree/visit.js";

/** What a value has to be for a known call to be the same again. */
export type Template =
  /** The very value, by `Object.is`. */
  | { readonly kind: "same"; readonly value: unknown }
  /** A tensor of this type: the one in this slot, or a new one that fills it. */
  | { readonly kind: "slot"; readonly slot: number; readonly type: TensorType }
  | { readonly kind: "array"; readonly items: readonly Template[] }
  | { readonly kind: "object"; readonly keys: readonly string[]; readonly items: readonly Template[] }
  | { readonly kind: "map"; readonly keys: readonly unknown[]; readonly items: readonly Template[] };

/** Turns a leaf that is no container into a template; null for one that cannot be compared. */
export type LeafTemplate = (leaf: unknown) => Template | null;

/** The template of a tree; null where something in it cannot be compared. */
export function templateOf(tree: unknown, leaf: LeafTemplate): Template | null {
  if (typeof tree !== "object" || tree === null || tree instanceof Tensor) return leaf(tree);
  if (Array.isArray(tree)) return container({ kind: "array" }, tree, leaf);
  if (tree instanceof Map)
    return container({ kind: "map", keys: [...tree.keys()] }, [...tree.values()], leaf);
  if (!isPlainObject(tree)) return leaf(tree);
  const keys = Object.keys(tree);
  return container(
    { kind: "object", keys },
    keys.map((key) => tree[key]),
    leaf,
  );
}

type Shell =
  | { readonly kind: "array" }
  | { readonly kind: "object"; readonly keys: readonly string[] }
  | { readonly kind: "map"; readonly keys: readonly unknown[] };

function container(shell: Shell, children: readonly unknown[], leaf: LeafTemplate): Template | null {
  const items: Template[] = [];
  for (const child of children) {
    const item = templateOf(child, leaf);
    if (!item) return null;
    items.push(item);
  }
  return { ...shell, items };
}

/** Whether a value fits; fills the slots as it goes. */
export function matches(template: Template, value: unknown, slots: Tensor[]): boolean {
  switch (template.kind) {
    case "same":
      return Object.is(template.value, value);
    case "slot":
      return value instanceof Tensor && fillSlot(template, value, slots);
    case "array":
      return Array.isArray(value) && allMatch(template.items, value, slots);
    case "object":
      return matchesObject(template, value, slots);
    case "map":
      return matchesMap(template, value, slots);
    default:
      return template satisfies never;
  }
}

/** The same tensor in two places is another call than two tensors. */
function fillSlot(
  { slot, type }: Extract<Template, { kind: "slot" }>,
  tensor: Tensor,
  slots: Tensor[],
): boolean {
  if (slot < slots.length) return slots[slot] === tensor;
  if (slot > slots.length || tensor.storage === null || slots.includes(tensor)) return false;
  if (tensor.type !== type && !sameType(tensor.type, type)) return false;
  slots.push(tensor);
  return true;
}

function allMatch(items: readonly Template[], values: readonly unknown[], slots: Tensor[]): boolean {
  if (items.length !== values.length) return false;
  for (let k = 0; k < items.length; k++) if (!matches(items[k]!, values[k], slots)) return false;
  return true;
}

function matchesObject(
  { keys, items }: Extract<Template, { kind: "object" }>,
  value: unknown,
  slots: Tensor[],
): boolean {
  if (typeof value !== "object" || value === null || Array.isArray(value) || !isPlainObject(value))
    return false;
  let next = 0;
  for (const key in value) {
    if (!Object.hasOwn(value, key)) return false;
    if (keys[next] !== key || !matches(items[next]!, value[key], slots)) return false;
    next++;
  }
  return next === keys.length;
}

function matchesMap(
  { keys, items }: Extract<Template, { kind: "map" }>,
  value: unknown,
  slots: Tensor[],
): boolean {
  if (!(value instanceof Map) || value.size !== keys.length) return false;
  let next = 0;
  for (const [key, child] of value) {
    if (!Object.is(keys[next], key) || !matches(items[next]!, child, slots)) return false;
    next++;
  }
  return true;
}

/** The tree of a template, its slots filled. */
export function filled(template: Template, slots: readonly unknown[]): unknown {
  switch (template.kind) {
    case "same":
      return template.value;
    case "slot":
      return slots[template.slot];
    case "array":
      return allFilled(template.items, slots);
    case "map":
      return new Map(template.items.map((item, k) => [template.keys[k], filled(item, slots)]));
    case "object": {
      const { keys, items } = template;
      return objectOf(keys, allFilled(items, slots));
    }
    default:
      return template satisfies never;
  }
}

function allFilled(items: readonly Template[], slots: readonly unknown[]): unknown[] {
  const values: unknown[] = [];
  for (let k = 0; k < items.length; k++) values.push(filled(items[k]!, slots));
  return values;
}
