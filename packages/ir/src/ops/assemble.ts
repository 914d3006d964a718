import type { KernelInput } from "../op.js";
import type { VariadicKernel } from "../op-spec.js";
import { defineOp } from "../define-op.js";
import { elementCount, type Shape } from "../types.js";
import { concat } from "./movement.js";

type AssembleAttrs = { readonly axis: number };

/**
 * The operands one after another along `axis`, as `concat` has them, but in memory as one tensor: what computes an
 * operand writes it to its place there. For what is read whole, however many operands there are.
 *
 * @throws W2017 operands that `concat` does not take.
 */
export const assemble: VariadicKernel<AssembleAttrs> = defineOp({
  kind: "kernel",
  name: "assemble",
  template: "assembly",
  summary: "the operands one after another along an axis, in memory of their own",
  operands: "variadic",
  infer: (types, { axis }: AssembleAttrs) => concat.infer(types, { axis }),
  evaluate: (inputs, { axis }) => [sideBySide(inputs, axis)],
  expand: (inputs, attrs) => concat(inputs, attrs),
  vjp: (inputs, context) => concat.vjp!(inputs, context),
  batch: (inputs, context) => concat.batch!(inputs, context) as readonly [(typeof inputs)[number]],
  samples: [
    { operands: [{ shape: [2] }, { shape: [3] }], attrs: { axis: 0 } },
    { operands: [{ shape: [2, 2] }, { shape: [2, 1] }, { shape: [2, 3] }], attrs: { axis: 1 } },
    { operands: [{ shape: [0, 2] }, { shape: [1, 2] }], attrs: { axis: 0 } },
  ],
});

function sideBySide(inputs: readonly KernelInput[], axis: number): Float64Array {
  const blockOf = (shape: Shape): number => elementCount(shape.slice(axis));
  const stride = inputs.reduce((sum, { type }) => sum + blockOf(type.shape), 0);
  const outer = elementCount(inputs[0]!.type.shape.slice(0, axis));
  const out = new Float64Array(outer * stride);
  let offset = 0;
  for (const { type, data } of inputs) {
    const block = blockOf(type.shape);
    for (let row = 0; row < outer; row++)
      out.set(data.subarray(row * block, (row + 1) * block), row * stride + offset);
    offset += block;
  }
  return out;
}
