import { asValue, GraphBuilder } from "../builder.js";
import { bug } from "../errors.js";
import { Value, type Graph, type Node } from "../graph.js";
import { withRecorder } from "../recorder.js";
import { formatType, sameType, type ValueLike } from "../types.js";
import { dropUnused } from "./drop-unused.js";

export type Replacement = ValueLike | readonly ValueLike[];

/** What a rewrite may do to the node it is shown. */
export interface Edit {
  /**
   * Puts what `make` gives in place of the node's outputs. Ops that `make` calls become nodes with the node's
   * location, which this walk does not visit again. Types must stay as they are.
   */
  replace(node: Node, make: () => Replacement): void;
}

/**
 * Rebuilds a graph in one walk from operands to users. What nothing touched is shared with the old graph; what the
 * replacements left unused is dropped. A chain collapses in a single walk, because each node is shown with its
 * operands rewritten. O(nodes).
 */
export function rewriteGraph(graph: Graph, rewrite: (node: Node, edit: Edit) => void): Graph {
  const walk = new Walk(graph);
  for (const node of graph.nodes) walk.visit(node, rewrite);
  return walk.finish();
}

class Walk implements Edit {
  private readonly builder: GraphBuilder;
  private readonly replaced = new Map<Value, Value>();
  private replacement: readonly Value[] | null = null;
  private hasChanged = false;

  constructor(private readonly graph: Graph) {
    this.builder = new GraphBuilder(graph.name);
    for (const param of graph.params) this.builder.adoptParam(param);
  }

  visit(original: Node, rewrite: (node: Node, edit: Edit) => void): void {
    const node = this.withCurrentInputs(original);
    this.replacement = null;
    rewrite(node, this);
    if (!this.replacement) this.builder.adopt(node);
    const values = this.replacement ?? node.outputs;
    original.outputs.forEach((output, k) => {
      if (values[k] !== output) this.replaced.set(output, values[k]!);
    });
  }

  replace(node: Node, make: () => Replacement): void {
    if (this.replacement) throw bug(`${node.op.name} was replaced twice in one visit`);
    this.builder.location = node.location;
    const made = withRecorder(this.builder, make);
    const values = (Array.isArray(made) ? (made as readonly ValueLike[]) : [made as ValueLike]).map(asValue);
    checkTypes(node, values);
    this.replacement = values;
    this.hasChanged = true;
  }

  finish(): Graph {
    if (!this.hasChanged) return this.graph;
    return dropUnused(this.builder.finish(this.graph.results.map((result) => this.current(result))));
  }

  private current(value: Value): Value {
    return this.replaced.get(value) ?? value;
  }

  private withCurrentInputs(node: Node): Node {
    if (!node.inputs.some((input) => this.replaced.has(input))) return node;
    const outputs = node.outputs.map((output) => new Value(output.type, output.index));
    const copy: Node = { ...node, inputs: node.inputs.map((input) => this.current(input)), outputs };
    for (const output of outputs) output.node = copy;
    return copy;
  }
}

function checkTypes(node: Node, values: readonly Value[]): void {
  const fits =
    values.length === node.outputs.length &&
    values.every((value, k) => sameType(value.type, node.outputs[k]!.type));
  if (fits) return;
  const list = (all: readonly Value[]): string => all.map((value) => formatType(value.type)).join(", ");
  throw bug(`${node.op.name} gives ${list(node.outputs)}, its replacement ${list(values)}`);
}
