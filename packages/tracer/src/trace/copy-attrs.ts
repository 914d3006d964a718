import { type Attrs, NO_ATTRS } from "@weftjs/ir";

/** Attributes that nobody else can change: they may hold arrays of the user's. */
export function copyAttrs(attrs: Attrs): Attrs {
  if (attrs === NO_ATTRS) return attrs; // Found equal by identity.
  return Object.fromEntries(Object.entries(attrs).map(([name, value]) => [name, copyValue(value)]));
}

function copyValue<T>(value: T): T {
  return Array.isArray(value) ? (value.map(copyValue) as T) : value;
}
