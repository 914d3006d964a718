import { formatLocation, formatType, type Graph, type Value } from "@weftjs/ir";

/** A graph in Graphviz's language: a box a node, an edge an operand. */
export function graphToDot(graph: Graph): string {
  const ids = new Map<unknown, string>();
  const lines: string[] = [];
  graph.params.forEach((param, k) => {
    ids.set(param, `p${k}`);
    lines.push(box(`p${k}`, `${param.name ?? `input ${k}`}\n${formatType(param.type)}`, "ellipse"));
  });
  graph.nodes.forEach((node, k) => {
    ids.set(node, `n${k}`);
    const types = node.outputs.map((output) => formatType(output.type)).join(", ");
    const place = node.location ? `\n${formatLocation(node.location)}` : "";
    lines.push(box(`n${k}`, `${node.op.name}\n${types}${place}`, "box"));
    for (const input of node.inputs) lines.push(`  ${idOf(ids, input)} -> n${k};`);
  });
  graph.results.forEach((result, k) => {
    lines.push(box(`r${k}`, `result ${k}`, "ellipse"), `  ${idOf(ids, result)} -> r${k};`);
  });
  return `digraph weft {\n  node [fontname="monospace"];\n${lines.join("\n")}\n}\n`;
}

function idOf(ids: ReadonlyMap<unknown, string>, value: Value): string {
  return ids.get(value.node ?? value)!;
}

function box(id: string, label: string, shape: string): string {
  return `  ${id} [shape=${shape}, label=${JSON.stringify(label)}];`;
}
