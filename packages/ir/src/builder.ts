import { type Attrs, completeAttrs } from "./attrs.js";
import { inferCall } from "./call-type.js";
import { bug } from "./errors.js";
import { Graph, type Node, Value } from "./graph.js";
import type { SourceLocation } from "./location.js";
import type { Op } from "./op.js";
import { astype } from "./ops/convert.js";
import { broadcastTo } from "./ops/stretch.js";
import { constant } from "./ops/source.js";
import { type Recorder, withRecorder } from "./recorder.js";
import { type Operand, sameShape, type TensorType } from "./types.js";

/**
 * Builds one graph. As a recorder it turns op calls into nodes: numbers become constants, dtypes are converted and
 * shapes are stretched by nodes of their own, so that in the graph all operands of a pointwise op agree.
 */
export class GraphBuilder implements Recorder {
  /** Given to every node made from here on. */
  location: SourceLocation | null = null;
  private readonly params: Value[] = [];
  private readonly nodes: Node[] = [];

  constructor(private readonly name: string = "") {}

  param(type: TensorType, name: string | null = null, passedAs: "buffer" | "scalar" = "buffer"): Value {
    const value = new Value(type, this.params.length, name, passedAs);
    this.params.push(value);
    return value;
  }

  /** Takes in a parameter of another graph: graphs made from one another share what did not change. */
  adoptParam(param: Value): Value {
    this.params.push(param);
    return param;
  }

  /** Takes in a node of another graph as it is; its operands must be values of this graph. */
  adopt(node: Node): void {
    this.nodes.push(node);
  }

  record(op: Op, operands: readonly Operand[], given: Attrs): Value | readonly Value[] {
    const attrs = completeAttrs(op.defaults, given);
    const call = inferCall(op, operands.map(typeOrNumber), attrs);
    const inputs = operands.map((operand, k) => this.bring(operand, call.operands[k]!));
    const outputs = this.append(op, inputs, attrs, call.outputs);
    return op.kind === "region" || op.kind === "loop" || outputs.length > 1 ? outputs : outputs[0]!;
  }

  /** Adds a node whose operands are already as the op wants them. */
  append(
    op: Op,
    inputs: readonly Value[],
    attrs: Attrs,
    types: readonly TensorType[],
    location: SourceLocation | null = this.location,
  ): readonly Value[] {
    const outputs = types.map((type, index) => new Value(type, index));
    const node: Node = { op, inputs, attrs, outputs, location };
    for (const output of outputs) output.node = node;
    this.nodes.push(node);
    return outputs;
  }

  /** An operand as a value of exactly this type. */
  bring(operand: Operand, type: TensorType): Value {
    if (typeof operand === "number") {
      return this.call(() => constant({ value: operand, dtype: type.dtype, shape: type.shape }));
    }
    let value = asValue(operand);
    if (value.dtype !== type.dtype) value = this.call(() => astype(value, { dtype: type.dtype }));
    if (!sameShape(value.shape, type.shape))
      value = this.call(() => broadcastTo(value, { shape: type.shape }));
    return value;
  }

  finish(results: readonly Value[]): Graph {
    return new Graph(this.name, this.params, this.nodes, results);
  }

  private call(body: () => unknown): Value {
    return withRecorder(this, body) as Value;
  }
}

/** Narrows what an op call gave back while a builder recorded. */
export function asValue(operand: unknown): Value {
  if (operand instanceof Value) return operand;
  throw bug("a graph builder was handed something that is not a graph value");
}

function typeOrNumber(operand: Operand): TensorType | number {
  return typeof operand === "number" ? operand : asValue(operand).type;
}
