import { asValue, GraphBuilder } from "../builder.js";
import type { Graph, Node, Value } from "../graph.js";
import type { Op, VjpContext } from "../op.js";
import { add, multiply } from "../ops/arithmetic.js";
import { astype } from "../ops/convert.js";
import { constant } from "../ops/source.js";
import { sum } from "../ops/stretch.js";
import { currentRecorder, withRecorder } from "../recorder.js";
import { isFloat, type Operand, type TensorType, type ValueLike } from "../types.js";
import { copyNode, inlineGraph } from "./inline-graph.js";
import { vjpGraph } from "./vjp-graph.js";

/** One call of an op with what is known of it: its operands, their tangents (undefined: zero), its outputs. */
export interface TangentCall {
  readonly node: Node;
  readonly inputs: readonly Value[];
  readonly tangents: readonly (Value | undefined)[];
  readonly outs: readonly Value[];
}

/**
 * The tangents of an op's outputs, recorded with the recorder in force. An op's own `jvp` comes first; without one
 * they follow from its kind and its reverse-mode rule, so that no op needs a second rule:
 *
 * - *pointwise*: an output element depends on the operands' elements at the same position alone, so the Jacobian for
 *   each operand is diagonal, and a diagonal matrix is its own transpose: the reverse rule with the tangent in the
 *   place of the cotangent. The tangent is the sum over the operands.
 * - *reduce*: an operand's element takes part in one output element, so the reverse rule with ones for a cotangent
 *   gives every partial derivative there is; the tangent is the sum of their products with the operand's tangent.
 * - *movement* that fills with 0 is linear in what it moves: the op itself, applied to the tangents. Its integer
 *   operands say where and stay as they are.
 * - everything else, through its transpose: the reverse rule is linear in the cotangent, its matrix is the transposed
 *   Jacobian, and so the reverse derivative of the rule, for the cotangent, is the Jacobian.
 *
 * In all four the partial derivatives are those of the reverse rule. So both directions agree where derivatives do
 * not exist: at a tie of `max` the tangent is the mean of the winners' tangents, at a kink it follows the documented
 * gradient, and where the rule gives NaN so does this.
 */
export function tangentsOf(call: TangentCall): readonly (Operand | undefined)[] {
  const { op, attrs } = call.node;
  const { inputs, tangents, outs } = call;
  if (op.jvp) return op.jvp(inputs, tangents, { out: outs[0]!, outs, attrs });
  switch (op.kind) {
    case "pointwise":
      return [pointwiseTangent(call)];
    case "reduce":
      return [reducedTangent(call)];
    case "movement":
      return op.fill(attrs) === 0 ? [movedTangent(call)] : transposedTwice(call);
    case "kernel":
    case "region":
    case "loop":
      return transposedTwice(call);
    case "source":
      return [undefined];
    default:
      return op satisfies never;
  }
}

/** Whether there is a rule to follow. */
export function hasTangents(op: Op): boolean {
  return op.jvp !== null || op.vjp !== null;
}

function pointwiseTangent(call: TangentCall): Operand | undefined {
  let total: Operand | undefined;
  call.tangents.forEach((_, k) => {
    const part = partialTangent(call, k);
    if (part !== undefined) total = total === undefined ? part : add(total, part);
  });
  return total;
}

/** What the tangent of operand `k` adds to that of a pointwise op's output; undefined where the rule gives none. */
export function partialTangent(call: TangentCall, k: number): Operand | undefined {
  const { dtype } = call.outs[0]!;
  const tangent = call.tangents[k];
  if (!tangent) return undefined;
  const part = pullBack(call, [asValue(castTo(tangent, dtype))], k);
  return typeof part === "object" ? castTo(part, dtype) : part;
}

function reducedTangent(call: TangentCall): Operand | undefined {
  const [tangent, out] = [call.tangents[0]!, call.outs[0]!];
  const { dtype, shape } = out;
  const partial = pullBack(call, [asValue(constant({ value: 1, dtype, shape }))], 0);
  if (partial === undefined) return undefined;
  return sum(multiply(tangent, partial), { axes: call.node.attrs.axes as readonly number[] });
}

function movedTangent({ node, inputs, tangents }: TangentCall): Operand {
  const moved = inputs.map((input, k) => (isFloat(input.dtype) ? (tangents[k] ?? zerosLike(input)) : input));
  return currentRecorder().record(node.op, moved, node.attrs) as ValueLike; // Movements have one output.
}

function transposedTwice(call: TangentCall): readonly (Operand | undefined)[] {
  const { inputs, outs } = call;
  const wrt = [...inputs.keys()].filter((k) => call.tangents[k] !== undefined);
  const { graph, floats, gradients } = transposeOf(call, wrt);
  if (gradients.length === 0) return outs.map(() => undefined);
  const cotangents = floats.map((_, k) => inputs.length + k);
  const jacobian = vjpGraph(graph, cotangents);
  // The rule is linear: what the cotangents are does not matter.
  const anywhere = floats.map((k) => zerosLike(outs[k]!));
  const made = inlineGraph(jacobian, [...inputs, ...anywhere, ...gradients.map((k) => call.tangents[k]!)]);
  return outs.map((_, k) => (floats.includes(k) ? made[floats.indexOf(k)] : undefined));
}

interface Transpose {
  /** From the op's operands and the cotangents of its float outputs to the gradients of some operands. */
  readonly graph: Graph;
  readonly floats: readonly number[];
  /** The operands that the graph has a result for, in order. */
  readonly gradients: readonly number[];
}

function transposeOf({ node, outs }: TangentCall, wrt: readonly number[]): Transpose {
  const builder = new GraphBuilder();
  builder.location = node.location;
  const floats = [...outs.keys()].filter((k) => isFloat(outs[k]!.dtype));
  // A parameter for each operand, also where one value stands at two places: their gradients are two.
  const params = node.inputs.map((input) => builder.param(input.type));
  const cotangents = new Map(floats.map((k) => [k, builder.param(outs[k]!.type)]));
  const values = new Map<Value, Value>(params.map((param) => [param, param]));
  copyNode(builder, { ...node, inputs: params }, values);
  const copies = node.outputs.map((output) => values.get(output)!);
  const context: Omit<VjpContext, "ct"> = {
    cts: copies.map((_, k) => cotangents.get(k)),
    out: copies[0]!,
    outs: copies,
    attrs: node.attrs,
    needs: params.map((_, k) => wrt.includes(k)),
  };
  const given = withRecorder(builder, () =>
    node.op.vjp!(params, { ...context, ct: cotangents.get(0) ?? zerosLike(copies[0]!) }),
  );
  const gradients = wrt.filter((k) => given[k] !== undefined);
  const results = gradients.map((k) => builder.bring(given[k]!, params[k]!.type));
  return { graph: builder.finish(results), floats, gradients };
}

/** What the reverse-mode rule gives operand `k` for these cotangents. */
function pullBack(
  { node, inputs, outs }: TangentCall,
  cts: readonly Value[],
  k: number,
): Operand | undefined {
  const context: VjpContext = {
    ct: cts[0]!,
    cts,
    out: outs[0]!,
    outs,
    attrs: node.attrs,
    needs: inputs.map((_, i) => i === k),
  };
  return node.op.vjp!(inputs, context)[k];
}

function castTo(x: ValueLike, dtype: TensorType["dtype"]): ValueLike {
  return x.dtype === dtype ? x : astype(x, { dtype });
}

function zerosLike({ dtype, shape }: ValueLike): Value {
  return asValue(constant({ value: 0, dtype, shape }));
}
