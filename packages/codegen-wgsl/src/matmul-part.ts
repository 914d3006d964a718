import type { Index, KernelGroup, MatmulDomain, Value } from "@weftjs/ir";
import { DECLARATIONS } from "./bindings.js";
import { inLanes } from "./evaluator.js";
import { matmulKernel, type MatmulKernel } from "./matmul/index.js";
import { matmulOperand } from "./matmul-operand.js";
import { type KernelContext, PartWriter } from "./part.js";
import { type WgslExpr, wgslType } from "./scalar/index.js";
import { indent } from "./scope.js";

/**
 * A contraction with what follows it. Operands are read, and results finished and written, through functions of this
 * kernel's own, so that the template knows nothing of index maps and epilogues.
 */
export function matmulShader(
  context: KernelContext,
  kernel: KernelGroup,
  helpers: () => string,
): MatmulKernel {
  const domain = kernel.group.domain as MatmulDomain;
  const [a, b] = domain.node.inputs as [Value, Value];
  const functions = new Map<string, string>();
  const shader = matmulKernel(
    {
      batch: domain.batch,
      m: domain.m,
      n: domain.n,
      k: domain.k,
      a: matmulOperand(context, kernel, functions, { value: a, name: "a", row: "m", column: "k" }),
      b: matmulOperand(context, kernel, functions, { value: b, name: "b", row: "k", column: "n" }),
      canStoreVec4: domain.n % 4 === 0,
      elementType: domain.node.outputs[0]!.dtype === "float16" ? "f16" : "f32",
      header: "",
      store(at, acc, width) {
        const name = `finish${width}`;
        if (!functions.has(name)) functions.set(name, storeFunction(context, kernel, width));
        return `${name}(${at.batch}, ${at.row}, ${at.col}, ${acc});`;
      },
    },
    context.target,
  );
  const wgsl = [DECLARATIONS, helpers(), ...functions.values(), shader.wgsl].join("\n");
  return { ...shader, wgsl };
}

/** Applies what the group does to a finished sum and writes its outputs. */
function storeFunction(context: KernelContext, kernel: KernelGroup, width: 1 | 4): string {
  const { node, n } = kernel.group.domain as MatmulDomain;
  const output = node.outputs[0]!;
  const replacements = new Map<string, Index>(width === 4 ? [["n", inLanes("nq", n)]] : []);
  const writer = new PartWriter(context, kernel, ["b", "m", width === 4 ? "nq" : "n"], replacements);
  const expr: WgslExpr = { text: "sum", dtype: output.dtype, width };
  writer.evaluator.results.set(output, { at: writer.placeOf(output), expr });
  const { lines } = writer.scope;
  for (const value of kernel.stores) lines.push(writer.evaluator.store(value, writer.placeOf(value)));
  const quarter = width === 4 ? "  let nq = n / 4;\n" : "";
  return `fn finish${width}(b: i32, m: i32, n: i32, sum: ${wgslType(output.dtype, width)}) {\n${quarter}${indent(lines)}\n}`;
}
