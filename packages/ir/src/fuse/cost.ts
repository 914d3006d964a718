import type { Node } from "../graph.js";
import type { DispatchCost } from "../program.js";
import { byteLength } from "../types.js";
import type { Bundle, Domain } from "./group.js";

/**
 * What a dispatch must move and compute at least, whatever its kernel does: each buffer that it reads or writes once, and
 * one operation for each element of an op, two for each product in a contraction.
 */
export function bundleCost({ kernels }: Bundle): DispatchCost {
  const buffers = new Set(
    kernels
      .flatMap(({ loads, stores }) => [...loads, ...stores])
      .filter(({ passedAs }) => passedAs === "buffer"),
  );
  let bytes = 0;
  for (const { type } of buffers) bytes += byteLength(type);
  let operations = 0;
  for (const { group, nodes } of kernels) {
    for (const node of nodes) operations += operationsOf(node, group.domain);
  }
  return { bytes, operations };
}

function operationsOf(node: Node, domain: Domain): number {
  switch (node.op.kind) {
    case "pointwise":
      return node.outputs[0]!.size;
    case "reduce":
      return node.inputs[0]!.size;
    case "kernel":
      if (domain.kind === "matmul") return 2 * domain.batch * domain.m * domain.n * domain.k;
      return node.inputs.at(-1)!.size;
    case "source":
    case "movement":
    case "region":
    case "loop":
      return 0;
    default:
      return node.op satisfies never;
  }
}
