import type { Attrs } from "../attrs.js";
import { bug } from "../errors.js";
import { asValue } from "../builder.js";
import { batchGraph } from "../batching/batch-graph.js";
import { lift } from "../batching/lift.js";
import type { Graph, Value } from "../graph.js";
import type { RegionOp } from "../op.js";
import { defineOp } from "../define-op.js";
import { constant } from "../ops/source.js";
import { formatType, sameType, type Operand, type TensorType, type ValueLike } from "../types.js";
import { inlineGraph } from "./inline-graph.js";
import { jvpGraph } from "./jvp-graph.js";
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

export type PushforwardAttrs = {
  readonly body: Graph;
  /** Parameters of `body` that a tangent operand comes for; the others count as constant. */
  readonly wrt: readonly number[];
  /** Results of `body` to give tangents of, in this order. */
  readonly of: readonly number[];
};

export type BatchedAttrs = {
  readonly body: Graph;
  /** Parameters of `body` whose operands differ between the calls. */
  readonly batched: readonly number[];
  readonly size: number;
};

export type CustomGradientAttrs = {
  /** From cotangents and the last operands to gradients. */
  readonly backward: Graph;
  /** How many values there are, and so results and cotangents. */
  readonly values: number;
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
  expand: (inputs, { body, wrt, seeded }) => {
    const made = derived(body, `${wrt.join()} from ${seeded.join()}`, () => vjpGraph(body, wrt, { seeded }));
    return inlineGraph(made, inputs);
  },
});

/**
 * The tangents of the results in `of`. Operands: what `body` takes, then one tangent for each parameter in `wrt`;
 * the other parameters count as constant.
 */
export const pushforward: RegionCall<PushforwardAttrs> = defineOp<PushforwardAttrs>({
  kind: "region",
  name: "pushforward",
  summary: "Tangents of another graph's results, from tangents of its parameters.",
  infer(types, { body, wrt, of }) {
    const tangents = wrt.map((k) => paramType(body, k));
    checkOperands("pushforward", types, [...typesOf(body.params), ...tangents]);
    return of.map((k) => resultType(body, k));
  },
  expand: (inputs, { body, wrt, of }) => {
    const made = derived(body, `pushforward ${wrt.join()} to ${of.join()}`, () =>
      jvpGraph(body, wrt, { of }),
    );
    return inlineGraph(made, inputs);
  },
});

/**
 * The results of `body` for `size` sets of operands at once. Operands: what `body` takes, with one more axis, the
 * first, for each parameter in `batched`; the others are the same for all. Each result has that axis.
 */
export const batched: RegionCall<BatchedAttrs> = defineOp<BatchedAttrs>({
  kind: "region",
  name: "batched",
  summary: "The results of another graph for many operands at once.",
  infer(types, { body, batched, size }) {
    const wanted = body.params.map((param, k) =>
      batched.includes(k) ? stacked(param.type, size) : param.type,
    );
    checkOperands("batched", types, wanted);
    return body.results.map((result) => stacked(result.type, size));
  },
  expand: (inputs, { body, batched, size }) => {
    const made = derived(body, `batched ${batched.join()} by ${size}`, () => batchGraph(body, batched, size));
    return inlineGraph(made, inputs);
  },
});

/**
 * Its first operands, of which there are as many as results, with another gradient: that of the operands after them
 * is what `backward` makes of the cotangents of the results and of the last operands; all others have none. In
 * order: the values, the differentiated operands, what else `backward` takes.
 *
 * `backward` should be linear in the cotangents, as derivatives are: forward mode transposes it.
 */
export const customGradient: RegionCall<CustomGradientAttrs> = defineOp<CustomGradientAttrs>({
  kind: "region",
  name: "customGradient",
  summary: "Values whose gradient is another graph.",
  infer(types, { backward, values }) {
    const differentiated = types.slice(values, values + backward.results.length);
    const rest = types.slice(values + differentiated.length);
    checkOperands("customGradient", [...types.slice(0, values), ...rest], typesOf(backward.params));
    checkOperands("customGradient", differentiated, typesOf(backward.results));
    return types.slice(0, values);
  },
  expand: (inputs, { values }) => inputs.slice(0, values),
  vjp(inputs, { attrs: { backward, values }, cts, outs }) {
    const cotangents = cts.map((ct, k) => ct ?? zerosLike(outs[k]!.type));
    const rest = inputs.slice(values + backward.results.length);
    return [...cotangents.map(() => undefined), ...call([...cotangents, ...rest], { body: backward })];
  },
  batch(inputs, { attrs: { backward, values }, batched, size }) {
    const lifted = inputs.map((input, k) => (batched[k] ? input : lift(input, size)));
    const everything = [...backward.params.keys()];
    return customGradient(lifted, { backward: batchGraph(backward, everything, size), values });
  },
});

/** A loop derives one body many times: it is done once. Not state, graphs never change. */
const derivatives = new WeakMap<Graph, Map<string, Graph>>();

function derived(body: Graph, how: string, derive: () => Graph): Graph {
  const known = derivatives.get(body) ?? new Map<string, Graph>();
  const graph = known.get(how) ?? derive();
  derivatives.set(body, known.set(how, graph));
  return graph;
}

function stacked({ dtype, shape }: TensorType, size: number): TensorType {
  return { dtype, shape: [size, ...shape] };
}

function zerosLike({ dtype, shape }: TensorType): Value {
  return asValue(constant({ value: 0, dtype, shape }));
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
