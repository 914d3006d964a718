import type { WeftError } from "@weftjs/ir";
import { userError } from "../trace/user-error.js";
import type { Content } from "./contents.js";
import type { Place } from "./journal.js";

// What cannot be changed where a tensor decides.

export function otherParts({ owner }: Place, first: Content, second: Content): WeftError {
  return unfit(
    `${kindOf(owner)} has ${partsOf(owner, first)} where the condition holds and ${partsOf(owner, second)} where not`,
    "a tensor decides, and only values can depend on it: not how many there are, nor their names",
    "assign to a variable or to what is there already, or make the object in the branch itself",
  );
}

export function otherPartsAfter({ owner }: Place, before: Content, after: Content): WeftError {
  return unfit(
    `${kindOf(owner)} has ${partsOf(owner, before)} before the loop and ${partsOf(owner, after)} after an iteration`,
    "a tensor decides how often it is repeated, and only values can depend on it",
    "set what is there before the loop, or collect with scan, or loop a number of times that JavaScript knows",
  );
}

export function unseenChange(holder: object, method: string): WeftError {
  return unfit(
    `${method}() changes ${kindOf(holder)} where a tensor decides whether it is`,
    "both ways run while the function is traced, and what one did to it could not be undone",
    "assign to a variable, and change the object after the condition or loop",
  );
}

/** What a value of a place is called in messages. */
export function nameOf({ owner, name }: Place, { keys }: Content, k: number): string {
  if (name !== "") return name;
  if (Array.isArray(owner)) return `element ${k} of an array`;
  if (owner instanceof Map) return `what a Map has for ${labelOf(keys[k])}`;
  return `${labelOf(keys[k])} of ${kindOf(owner)}`;
}

function unfit(message: string, note: string, hint: string): WeftError {
  return userError({ code: "W1056", message, notes: [note], hint });
}

function kindOf(owner: Place["owner"]): string {
  if (Array.isArray(owner)) return "an array";
  if (typeof owner === "number") return "a variable";
  const { name = "Object" } = (owner.constructor ?? {}) as { readonly name?: string };
  const kind = name === "Object" ? Object.prototype.toString.call(owner).slice("[object ".length, -1) : name;
  return kind === "Object" ? "an object" : `${/^[AEIO]/.test(kind) ? "an" : "a"} ${kind}`;
}

function partsOf(owner: Place["owner"], { keys, values }: Content): string {
  if (Array.isArray(owner)) return `${values.length} ${values.length === 1 ? "element" : "elements"}`;
  if (ArrayBuffer.isView(owner)) return "some numbers";
  const names = keys.slice(0, 5).map(labelOf).join(", ") || "nothing";
  return owner instanceof Set ? `the elements ${names}` : names;
}

function labelOf(key: unknown): string {
  return typeof key === "object" || typeof key === "function" ? "an object" : String(key);
}
