import { userError } from "../trace/user-error.js";

/** A function that gave a promise where there is nothing to wait for: it runs on symbols, which have no content. */
export function mustNotWait(what: string, promise: PromiseLike<unknown>): Error {
  promise.then(undefined, () => undefined); // Its own failure, if any, is beside the point.
  return userError({
    code: "W1005",
    message: `${what} gave a promise: it must be synchronous`,
    hint: "it runs on symbols that stand for many values; read what you need outside of it",
  });
}
