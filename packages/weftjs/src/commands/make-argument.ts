import type { ArgumentForm } from "@weftjs/runtime";
import type * as Weft from "../index.js";

/**
 * An argument of the described kind. Tensors hold zeros: what a function becomes never depends on their values. Numbers
 * that nothing is known of are like the first that a call brings.
 */
export function makeArgument(form: ArgumentForm, weft: Pick<typeof Weft, "zeros">): unknown {
  switch (form.kind) {
    case "tensor":
      return weft.zeros(form.type.shape, { dtype: form.type.dtype });
    case "number":
      return form.isWhole ? 4 : 0.75;
    case "fixed":
      return form.value;
    case "list":
      return form.items.map((item) => makeArgument(item, weft));
    case "object":
      return Object.fromEntries(form.items.map((item, k) => [form.keys[k]!, makeArgument(item, weft)]));
    default:
      return form satisfies never;
  }
}
