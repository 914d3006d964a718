/** What a place holds: values, and what says which they are. Only values can depend on a tensor. */
export interface Content {
  readonly keys: readonly unknown[];
  readonly values: readonly unknown[];
}

type Bytes = Uint8Array; // Stands for all arrays of numbers: they have the same methods.

/** All that is in an object, as far as it can be seen: elements, entries, or own properties. */
export function contentOf(object: object): Content {
  if (Array.isArray(object)) return { keys: [object.length], values: object.slice() };
  if (object instanceof Map) return { keys: [...object.keys()], values: [...object.values()] };
  if (object instanceof Set) return { keys: [...object], values: [] };
  // Their elements are numbers and no tensors.
  if (isBytes(object)) return { keys: [object.slice()], values: [] };
  const names = Reflect.ownKeys(object).filter((name) => isData(object, name));
  return { keys: names, values: names.map((name) => (object as Record<PropertyKey, unknown>)[name]) };
}

/** Puts back what was there, or what was chosen in its place. */
export function fill(object: object, { keys, values }: Content): void {
  if (Array.isArray(object)) {
    object.length = 0;
    object.length = values.length;
    values.forEach((value, k) => (object[k] = value));
  } else if (object instanceof Map) {
    keepOnly(object, keys);
    keys.forEach((key, k) => object.set(key, values[k]));
  } else if (object instanceof Set) {
    keepOnly(object, keys);
    for (const key of keys) object.add(key);
  } else if (isBytes(object)) {
    object.set(keys[0] as Bytes); // What `contentOf` gave.
  } else {
    fillProperties(object as Record<PropertyKey, unknown>, keys as readonly PropertyKey[], values);
  }
}

/** Not all at once: a loop over it would begin anew with what is added again. */
function keepOnly(object: Map<unknown, unknown> | Set<unknown>, keys: readonly unknown[]): void {
  const kept = new Set(keys);
  for (const key of object.keys()) if (!kept.has(key)) object.delete(key);
  // Deleted ones come last when they come back: then all have to.
  const isInOrder = [...object.keys()].every((key, k) => Object.is(key, keys[k]));
  if (!isInOrder) object.clear();
}

function fillProperties(
  object: Record<PropertyKey, unknown>,
  names: readonly PropertyKey[],
  values: readonly unknown[],
): void {
  for (const name of Reflect.ownKeys(object)) {
    if (isData(object, name) && !names.includes(name)) delete object[name];
  }
  names.forEach((name, k) => {
    const known = Object.getOwnPropertyDescriptor(object, name);
    if (known && Object.is(known.value, values[k])) return;
    const { enumerable = true } = known ?? {};
    Object.defineProperty(object, name, { value: values[k], writable: true, configurable: true, enumerable });
  });
}

export function sameContent(a: Content, b: Content): boolean {
  // Not `every`, which leaves out what an array has no element for.
  return sameKeys(a, b) && a.values.findIndex((value, k) => !Object.is(value, b.values[k])) < 0;
}

/** Whether the same values are there, whatever they are. */
export function sameKeys(a: Content, b: Content): boolean {
  if (a.keys.length !== b.keys.length || a.values.length !== b.values.length) return false;
  return a.keys.every((key, k) => sameKey(key, b.keys[k]));
}

function sameKey(a: unknown, b: unknown): boolean {
  if (!isBytes(a) || !isBytes(b)) return Object.is(a, b);
  return a.length === b.length && a.every((value, k) => Object.is(value, b[k]));
}

function isBytes(value: unknown): value is Bytes {
  return ArrayBuffer.isView(value) && !(value instanceof DataView);
}

function isData(object: object, name: PropertyKey): boolean {
  return Object.getOwnPropertyDescriptor(object, name)?.writable === true;
}
