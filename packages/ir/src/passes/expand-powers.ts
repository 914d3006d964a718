import type { Node } from "../graph.js";
import { multiply, reciprocal, square } from "../ops/arithmetic.js";
import { power, sqrt } from "../ops/exponential.js";
import { isFloat, type ValueLike } from "../types.js";
import { constantLike, constantOf } from "./constants.js";
import { matchOp } from "./match-op.js";
import { definePass, type Pass } from "./pass.js";

/**
 * Writes powers with the exponents people write, -2, -1, 0, 0.5, 1, 2, 3 and 4, as a few cheap steps: a general
 * power costs a logarithm, an exponential and the cases around them.
 *
 * Each step rounds as usual, so a result may differ from `power`'s in the last place. With 0.5, -0 and -Infinity
 * give -0 and NaN, as a square root does and as in NumPy, where `power` has 0 and Infinity. All other special
 * values come out alike. Floats only. O(nodes).
 */
export const expandPowers: Pass = definePass({
  name: "expand-powers",
  rewrite(node, edit) {
    const expansion = expansionOf(node);
    if (expansion) edit.replace(node, expansion);
  },
});

function expansionOf(node: Node): (() => ValueLike) | undefined {
  const match = matchOp(node, power);
  if (!match || !isFloat(node.outputs[0]!.dtype)) return undefined;
  const x = match.inputs[0]!;
  switch (constantOf(match.inputs[1]!)) {
    case -2:
      // Not 1 / x²: x² leaves the range of float32 before 1 / x² does.
      return () => square(reciprocal(x));
    case -1:
      return () => reciprocal(x);
    case 0:
      return () => constantLike(x.type, 1);
    case 0.5:
      return () => sqrt(x);
    case 1:
      return () => x;
    case 2:
      return () => square(x);
    case 3:
      return () => multiply(square(x), x);
    case 4:
      return () => square(square(x));
    default:
      return undefined;
  }
}
