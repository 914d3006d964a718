import { asValue, GraphBuilder } from "../builder.js";
import { inferCall } from "../call-type.js";
import { vjpGraph } from "../autodiff/index.js";
import type { Attrs } from "../attrs.js";
import type { Graph, Value } from "../graph.js";
import { hostTensor, type HostTensor, interpret } from "../interpreter/index.js";
import { NO_ATTRS } from "../attrs.js";
import type { Op, Sample } from "../op.js";
import { withRecorder } from "../recorder.js";
import { type DType, elementCount, type Shape, type TensorType } from "../types.js";

/** A graph whose results are what `body` makes of its parameters. */
export function graphOf(types: readonly TensorType[], body: (...params: Value[]) => unknown): Graph {
  const builder = new GraphBuilder();
  const params = types.map((type) => builder.param(type));
  const results = withRecorder(builder, () => body(...params));
  return builder.finish(Array.isArray(results) ? results.map(asValue) : [asValue(results)]);
}

/** One op alone, its operands as parameters. */
export function opGraph(op: Op, types: readonly TensorType[], attrs: Attrs = NO_ATTRS): Graph {
  const builder = new GraphBuilder(op.name);
  const params = types.map((type) => builder.param(type));
  return builder.finish([builder.record(op, params, attrs)].flat() as Value[]);
}

/** What one op makes of these operands, in float64. */
export function runOp(op: Op, operands: readonly HostTensor[], attrs: Attrs = NO_ATTRS): HostTensor {
  const types = operands.map((operand) => operand.type);
  return interpret(opGraph(op, types, attrs), operands)[0]!;
}

/** Gradients of the sum of an op's result to each float operand. */
export function gradientsOf(op: Op, operands: readonly HostTensor[], attrs: Attrs = NO_ATTRS): HostTensor[] {
  const graph = opGraph(
    op,
    operands.map((operand) => operand.type),
    attrs,
  );
  const wrt = [...operands.keys()].filter((k) => operands[k]!.type.dtype.startsWith("float"));
  const { type } = graph.results[0]!;
  const ones = hostTensor(type, new Float64Array(elementCount(type.shape)).fill(1));
  return [...interpret(vjpGraph(graph, wrt), [...operands, ones])];
}

/** A float64 tensor; a vector where no shape is given. */
export function f64(data: readonly number[], shape: Shape = [data.length]): HostTensor {
  return hostTensor({ dtype: "float64", shape }, data);
}

export function tensorOf(dtype: DType, data: readonly number[], shape: Shape = [data.length]): HostTensor {
  return hostTensor({ dtype, shape }, data);
}

/** A sample's operands in the widest dtype that the op takes; where it gives no data, distinct values in ±1.5. */
export function sampleOperands(op: Op, sample: Sample): HostTensor[] {
  const given = sample.operands.map(({ dtype = "float64", shape }) => ({ dtype, shape }));
  const { operands } = inferCall(op, given, sample.attrs ?? NO_ATTRS);
  return sample.operands.map(({ shape, data }, k) => {
    const filled = Array.from(
      { length: elementCount(shape) },
      (_, i) => 3 * ((i * 0.618 + k * 0.37 + 0.1) % 1) - 1.5,
    );
    return hostTensor({ dtype: operands[k]!.dtype, shape }, data ?? filled);
  });
}
