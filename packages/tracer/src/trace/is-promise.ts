export function isPromise(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as { then?: unknown } | null | undefined)?.then === "function";
}

/** Whether a function says that it gives a promise; one may also give it without saying so. */
export function isAsyncFunction(f: object): boolean {
  return (f as { readonly [Symbol.toStringTag]?: string })[Symbol.toStringTag] === "AsyncFunction";
}
