import { jit, type Tensor } from "weftjs";
import { evaluate, type Expression } from "./expression.js";

/** Compiles a measure of `predict`, which gives a logit: the share of expressions whose value it finds. */
export function accuracyOnExpressions<Params>(
  expressions: readonly Expression[],
  predict: (params: Params, expression: Expression) => Tensor,
): (params: Params) => Promise<number> {
  const compiled = jit(predict);
  return async (params) => {
    const logits = await Promise.all(expressions.map((expression) => compiled(params, expression).item()));
    const right = logits.filter((logit, i) => logit > 0 === evaluate(expressions[i]!));
    return right.length / expressions.length;
  };
}
