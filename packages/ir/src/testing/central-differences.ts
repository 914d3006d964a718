import { vjpGraph } from "../autodiff/index.js";
import type { Graph } from "../graph.js";
import { type HostTensor, hostTensor, interpret } from "../interpreter/index.js";
import { elementCount, isFloat } from "../types.js";

export interface GradientGap {
  readonly param: number;
  readonly element: number;
  readonly rule: number;
  readonly difference: number;
}

/**
 * Where the gradients of the first result disagree with central differences in float64; `skip` names elements at
 * which differences mean nothing. The cotangent is random-like, so that a swapped or transposed gradient shows.
 */
export function gradientGaps(
  graph: Graph,
  inputs: readonly HostTensor[],
  skip: (element: number) => boolean = () => false,
): GradientGap[] {
  const wrt = [...inputs.keys()].filter((k) => isFloat(inputs[k]!.type.dtype));
  const { type } = graph.results[0]!;
  const weights = Float64Array.from({ length: elementCount(type.shape) }, (_, i) => 0.5 + ((i * 0.618) % 1));
  const rules = interpret(vjpGraph(graph, wrt, { seeded: [0] }), [...inputs, hostTensor(type, weights)]);
  return wrt.flatMap((param, k) =>
    [...inputs[param]!.data.keys()].flatMap((element) => {
      // What is infinite cannot be moved by a step.
      if (skip(element) || !Number.isFinite(inputs[param]!.data[element])) return [];
      const rule = rules[k]!.data[element]!;
      const difference = centralDifference(graph, inputs, param, element, weights);
      return isClose(rule, difference) ? [] : [{ param, element, rule, difference }];
    }),
  );
}

/** The weights meet differences, not values: large results elsewhere must not swallow a small change. */
function centralDifference(
  graph: Graph,
  inputs: readonly HostTensor[],
  param: number,
  element: number,
  weights: Float64Array,
): number {
  const at = inputs[param]!.data[element]!;
  const step = 6e-6 * Math.max(0.1, Math.abs(at));
  const resultAt = (value: number): Float64Array => {
    const moved = hostTensor(inputs[param]!.type, inputs[param]!.data.with(element, value));
    return interpret(graph, inputs.with(param, moved))[0]!.data;
  };
  const above = resultAt(at + step);
  const below = resultAt(at - step);
  return weights.reduce((sum, weight, i) => {
    return above[i] === below[i] ? sum : sum + (weight * (above[i]! - below[i]!)) / (2 * step);
  }, 0);
}

function isClose(a: number, b: number): boolean {
  return Math.abs(a - b) <= 1e-7 + 1e-5 * Math.max(Math.abs(a), Math.abs(b));
}
