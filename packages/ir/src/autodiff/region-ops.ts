import type { Attrs } from "../attrs.js";
import { bug } from "../errors.js";
import type { Graph } from "../graph.js";
import { defineOp, type RegionOp } from "../op.js";
import { formatType, sameType, type Operand, type TensorType, type ValueLike } from "../types.js";
import { inlineGraph } from "./inline-graph.js";
import { vjpGraph } from "./vjp-graph.js";

type RegionCall<A extends Attrs> = RegionOp &
  ((operands: readonly Operand[], attrs: A) => readonly ValueLike[]);

export type CallAttrs = { readonly body: Graph };

export type GradientAttrs = {
  readonly body: Graph;
  /** Parameters of `body` to give gradients of, in this order. */
  readonly wrt: readonly number[];
  /** Results of `body` that a cotangent operand comes for; the others count as zero. */
  readonly seeded: readonly number[];
};

/** The results of `body` for the operands. */
export const call: RegionCall<CallAttrs> = defineOp<CallAttrs>({
  kind: "region",
  name: "call",
  summary: "The results of another graph.",
  infer(types, { body }) {
    checkOperands("call", types, typesOf(body.params));
    return typesOf(body.results);
  },
  expand: (inputs, { body }) => inlineGraph(body, inputs),
});

/**
 * The gradients of `body` for the parameters in `wrt`. Operands: what `body` takes, then one cotangent for each
 * result in `seeded`. The forward part that this computes again is the caller's own, after cse.
 */
export const gradient: RegionCall<GradientAttrs> = defineOp<GradientAttrs>({
  kind: "region",
  name: "gradient",
  summary: "Gradients of another graph, from cotangents of its results.",
  infer(types, { body, wrt, seeded }) {
    const cotangents = seeded.map((k) => resultType(body, k));
    checkOperands("gradient", types, [...typesOf(body.params), ...cotangents]);
    return wrt.map((k) => paramType(body, k));
  },
  expand: (inputs, attrs) => inlineGraph(derivativeOf(attrs), inputs),
});

/** A loop takes the gradient of one body many times: it is derived once. Not state, graphs never change. */
const derivatives = new WeakMap<Graph, Map<string, Graph>>();

function derivativeOf({ body, wrt, seeded }: GradientAttrs): Graph {
  const known = derivatives.get(body) ?? new Map<string, Graph>();
  const key = `${wrt.join()} from ${seeded.join()}`;
  const derivative = known.get(key) ?? vjpGraph(body, wrt, { seeded });
  derivatives.set(body, known.set(key, derivative));
  return derivative;
}

function typesOf(values: Graph["params"]): readonly TensorType[] {
  return values.map((value) => value.type);
}

function paramType(body: Graph, k: number): TensorType {
  const param = body.params[k];
  if (!param) throw bug(`gradient with respect to parameter ${k} of ${body.params.length}`);
  return param.type;
}

function resultType(body: Graph, k: number): TensorType {
  const result = body.results[k];
  if (!result) throw bug(`gradient seeds result ${k} of ${body.results.length}`);
  return result.type;
}

function checkOperands(name: string, given: readonly TensorType[], wanted: readonly TensorType[]): void {
  const fits = given.length === wanted.length && given.every((type, k) => sameType(type, wanted[k]!));
  if (fits) return;
  const list = (types: readonly TensorType[]): string => `(${types.map(formatType).join(", ")})`;
  throw bug(`${name} needs operands ${list(wanted)}, got ${list(given)}`);
}
