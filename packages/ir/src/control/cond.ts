import { inlineGraph } from "../autodiff/inline-graph.js";
import { jvpGraph } from "../autodiff/jvp-graph.js";
import { vjpGraph } from "../autodiff/vjp-graph.js";
import { batchGraph } from "../batching/batch-graph.js";
import { asValue } from "../builder.js";
import { defineOp } from "../define-op.js";
import { bug } from "../errors.js";
import type { Graph } from "../graph.js";
import type { RegionOp } from "../op.js";
import { logicalNot, where } from "../ops/compare.js";
import { reshape } from "../ops/stretch.js";
import { isFloat, type Operand, sameType, type TensorType, type ValueLike } from "../types.js";
import { runningIf } from "./running-if.js";

export type CondAttrs = {
  /** Both take all operands but the first, and give results of the same types. */
  readonly onTrue: Graph;
  readonly onFalse: Graph;
};

/**
 * The results of one of two graphs, by its first operand, a bool scalar. Its derivative is the derivative of the one
 * that was taken: a `where` of both would let the other's infinities through, as 0 · ∞.
 */
export const cond: RegionOp & ((operands: readonly Operand[], attrs: CondAttrs) => readonly ValueLike[]) =
  defineOp<CondAttrs>({
    kind: "region",
    name: "cond",
    summary: "The results of one of two graphs, by a condition.",
    infer(types, { onTrue, onFalse }) {
      const [flag, ...operands] = types;
      const fits =
        flag?.dtype === "bool" &&
        flag.shape.length === 0 &&
        sameTypes(typesOf(onTrue.params), operands) &&
        sameTypes(typesOf(onFalse.params), operands) &&
        sameTypes(typesOf(onTrue.results), typesOf(onFalse.results));
      if (!fits) throw bug("the branches of a cond do not fit its operands, or one another");
      return typesOf(onTrue.results);
    },
    expand([flag, ...operands], { onTrue, onFalse }) {
      const taken = inlineGraph(runningIf(onTrue), [...operands, flag!]);
      const other = inlineGraph(runningIf(onFalse), [...operands, asValue(logicalNot(flag!))]);
      return taken.map((value, k) => where(flag!, value, other[k]!));
    },
    vjp([flag, ...operands], { attrs: { onTrue, onFalse }, cts, needs }) {
      const wrt = [...operands.keys()].filter((k) => needs[k + 1] && isFloat(operands[k]!.dtype));
      const seeded = [...cts.keys()].filter((k) => cts[k] !== undefined);
      const gradients = cond([flag!, ...operands, ...seeded.map((k) => cts[k]!)], {
        onTrue: vjpGraph(onTrue, wrt, { seeded }),
        onFalse: vjpGraph(onFalse, wrt, { seeded }),
      });
      return [undefined, ...operands.map((_, k) => gradients[wrt.indexOf(k)])];
    },
    jvp([flag, ...operands], [, ...tangents], { outs, attrs: { onTrue, onFalse } }) {
      const wrt = [...operands.keys()].filter((k) => tangents[k] !== undefined);
      const of = [...outs.keys()].filter((k) => isFloat(outs[k]!.dtype));
      const made = cond([flag!, ...operands, ...wrt.map((k) => tangents[k]!)], {
        onTrue: jvpGraph(onTrue, wrt, { of }),
        onFalse: jvpGraph(onFalse, wrt, { of }),
      });
      return outs.map((_, k) => made[of.indexOf(k)]);
    },
    batch([flag, ...operands], { attrs: { onTrue, onFalse }, batched, size }) {
      const differing = [...operands.keys()].filter((k) => batched[k + 1]);
      const many = {
        onTrue: batchGraph(onTrue, differing, size),
        onFalse: batchGraph(onFalse, differing, size),
      };
      if (!batched[0]) return cond([flag!, ...operands], many);
      const taken = inlineGraph(many.onTrue, operands);
      const other = inlineGraph(many.onFalse, operands);
      return taken.map((value, k) => {
        const shape = [size, ...value.shape.slice(1).map(() => 1)];
        return where(reshape(flag!, { shape }), value, other[k]!);
      });
    },
  });

function typesOf(values: readonly { readonly type: TensorType }[]): readonly TensorType[] {
  return values.map(({ type }) => type);
}

function sameTypes(a: readonly TensorType[], b: readonly TensorType[]): boolean {
  return a.length === b.length && a.every((type, k) => sameType(type, b[k]!));
}
