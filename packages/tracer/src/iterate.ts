import { axisOf } from "./functions/axes.js";
import { slice } from "./functions/indexing.js";
import { Tensor } from "./tensor.js";

declare module "./tensor.js" {
  /** Its entries along the first axis, one after another: `const [a, b] = random.split(key)`. @throws W2101 for a scalar. */
  interface Tensor extends Iterable<Tensor> {}
}

Object.defineProperty(Tensor.prototype, Symbol.iterator, {
  *value(this: Tensor): Generator<Tensor> {
    const count = this.shape[axisOf("iteration", 0, this)]!;
    for (let k = 0; k < count; k++) yield slice(this, k);
  },
});
