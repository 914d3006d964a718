import type * as Weft from "../index.js";
import type { ArgumentSpec } from "./argument-spec.js";

/** An argument of the described kind. Tensors hold zeros: what a function becomes never depends on their values. */
export function makeArgument(spec: ArgumentSpec, weft: Pick<typeof Weft, "zeros">): unknown {
  switch (spec.kind) {
    case "tensor":
      return weft.zeros(spec.shape, { dtype: spec.dtype });
    case "value":
      return spec.value;
    case "list":
      return spec.items.map((item) => makeArgument(item, weft));
    case "object":
      return Object.fromEntries(spec.entries.map(([name, entry]) => [name, makeArgument(entry, weft)]));
    default:
      return spec satisfies never;
  }
}
