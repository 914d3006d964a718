import { vjpGraph } from "../autodiff/index.js";
import type { Graph } from "../graph.js";
import { type HostTensor, hostTensor, interpret } from "../interpreter/index.js";
import { isFloat } from "../types.js";

export interface GradientGap {
  readonly param: number;
  readonly element: number;
  readonly rule: number;
  readonly difference: number;
}

/**
 * Where the gradients of the float results disagree with central differences in float64; `skip` names elements at
 * which differences mean nothing. The cotangent is random-like, so that a swapped or transposed gradient shows.
 */
export function gradientGaps(
  graph: Graph,
  inputs: readonly HostTensor[],
  skip: (element: number) => boolean = () => false,
): GradientGap[] {
  const wrt = [...inputs.keys()].filter((k) => isFloat(inputs[k]!.type.dtype));
  const seeded = [...graph.results.keys()].filter((k) => isFloat(graph.results[k]!.dtype));
  const weights = seeded.map((k) => weightsOf(graph.results[k]!.size, k));
  const cotangents = seeded.map((k, s) => hostTensor(graph.results[k]!.type, weights[s]!));
  const rules = interpret(vjpGraph(graph, wrt, { seeded }), [...inputs, ...cotangents]);
  return wrt.flatMap((param, k) =>
    [...inputs[param]!.data.keys()].flatMap((element) => {
      // What is infinite cannot be moved by a step.
      if (skip(element) || !Number.isFinite(inputs[param]!.data[element])) return [];
      const rule = rules[k]!.data[element]!;
      const difference = centralDifference(graph, inputs, param, element, seeded, weights);
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
  seeded: readonly number[],
  weights: readonly Float64Array[],
): number {
  const at = inputs[param]!.data[element]!;
  const step = 6e-6 * Math.max(0.1, Math.abs(at));
  const resultsAt = (value: number): readonly Float64Array[] => {
    const moved = hostTensor(inputs[param]!.type, inputs[param]!.data.with(element, value));
    const results = interpret(graph, inputs.with(param, moved));
    return seeded.map((k) => results[k]!.data);
  };
  const above = resultsAt(at + step);
  const below = resultsAt(at - step);
  let total = 0;
  for (const [k, own] of weights.entries()) {
    for (const [i, weight] of own.entries()) {
      const [high, low] = [above[k]![i]!, below[k]![i]!];
      if (high !== low) total += (weight * (high - low)) / (2 * step);
    }
  }
  return total;
}

function weightsOf(count: number, k: number): Float64Array {
  return Float64Array.from({ length: count }, (_, i) => 0.5 + ((i * 0.618 + k * 0.31) % 1));
}

function isClose(a: number, b: number): boolean {
  return Math.abs(a - b) <= 1e-7 + 1e-5 * Math.max(Math.abs(a), Math.abs(b));
}
