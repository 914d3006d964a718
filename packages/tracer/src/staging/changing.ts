import { Tensor } from "../tensor.js";
import { unseenChange } from "./changed-errors.js";
import { contentOf, fill } from "./contents.js";
import { noteChange, type Place, watched } from "./journal.js";
import { at } from "./operands.js";

/**
 * An object that is about to be changed: by an assignment, or by a method of this name. Gives the object.
 *
 * @throws W1056 where a tensor decides whether it is, and what the method does to it cannot be seen.
 */
export function changing<T>(holder: T, site: number, method?: string): T {
  if (!watched() || !isObject(holder) || holder instanceof Tensor) return holder;
  if (method !== undefined && !isSeen(holder, method)) throw at(site, () => unseenChange(holder, method));
  noteChange(contentPlace(holder));
  return holder;
}

/** All that is in an object. */
function contentPlace(object: object): Place {
  return {
    owner: object,
    name: "",
    read: () => contentOf(object),
    write: (content) => fill(object, content),
  };
}

function isObject(value: unknown): value is object {
  return (typeof value === "object" || typeof value === "function") && value !== null;
}

/** A method of the user's own says itself what it changes; JavaScript's are known for what they change. */
function isSeen(holder: object, method: string): boolean {
  if (Array.isArray(holder) || holder instanceof Map || holder instanceof Set) return true;
  if (ArrayBuffer.isView(holder)) return true;
  const f = (holder as Record<string, unknown>)[method];
  return typeof f === "function" && !Function.prototype.toString.call(f).includes("[native code]");
}
