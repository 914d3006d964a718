import type { Graph } from "./graph.js";

/** What parametrises an op at compile time. Plain data, but for the bodies of region ops. */
export type AttrValue = number | string | boolean | null | readonly AttrValue[] | Graph;
export type Attrs = Readonly<Record<string, AttrValue>>;

/** Numbers are compared by `Object.is`, so that NaN equals itself and -0 differs from 0. */
export function sameAttr(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (!Array.isArray(a) || !Array.isArray(b) || a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (!sameAttr(a[i], b[i])) return false;
  return true;
}

export function sameAttrs(a: Attrs, b: Attrs): boolean {
  if (a === b) return true;
  let keys = 0;
  for (const key in a) {
    if (!sameAttr(a[key], b[key])) return false;
    keys++;
  }
  for (const _ in b) keys--;
  return keys === 0;
}

export const NO_ATTRS: Attrs = Object.freeze({});

/** All attributes said: those left out, or undefined, are at the op's defaults. */
export function completeAttrs(defaults: Attrs, attrs: Attrs): Attrs {
  for (const key in defaults) {
    if (attrs[key] !== undefined) continue;
    const given = Object.entries(attrs).filter(([, value]) => value !== undefined);
    return { ...defaults, ...Object.fromEntries(given) };
  }
  return attrs;
}
