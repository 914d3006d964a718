import { evaluateNode, formatLocation, formatType, type Graph, type HostTensor } from "@weftjs/ir";
import { codeFrame } from "../trace/source-location.js";

/** Which op first made NaN of numbers, where a call gave NaN and got none; undefined elsewhere. */
export function describeNaN(
  graph: Graph,
  inputs: readonly HostTensor[],
  results: readonly HostTensor[],
): string | undefined {
  if (inputs.some(hasNaN) || !results.some(hasNaN)) return undefined;
  const name = graph.name || "anonymous";
  const values = new Map(graph.params.map((param, k) => [param, inputs[k]!]));
  for (const node of graph.nodes) {
    const operands = node.inputs.map((input) => values.get(input)!);
    const outputs = evaluateNode(node, operands, "storage");
    const faulty = outputs.find(hasNaN);
    if (faulty) {
      const i = faulty.data.findIndex(Number.isNaN);
      const lines = [
        `weft nan: ${name}: ${node.op.name} made NaN, element ${i} of ${formatType(faulty.type)}`,
      ];
      if (node.location) lines.push(`  --> ${formatLocation(node.location)}`);
      const frame = codeFrame(node.location ?? undefined);
      return [...lines, ...(frame ? [frame] : [])].join("\n");
    }
    node.outputs.forEach((output, k) => values.set(output, outputs[k]!));
  }
  return `weft nan: ${name} gave NaN on this device, but none on the interpreter; WEFT_VALIDATE=1 finds the kernel`;
}

function hasNaN({ data }: HostTensor): boolean {
  return data.some(Number.isNaN);
}
