import type { DType, Shape, TensorType } from "@weftjs/ir";
import type { onnx } from "onnx-proto";

/** `TensorProto.DataType` of each dtype, in the numbers of the format. */
const DATA_TYPES: Readonly<Record<DType | "int64", number>> = {
  float32: 1,
  int32: 6,
  int64: 7,
  bool: 9,
  float16: 10,
  float64: 11,
  uint32: 12,
};

/** The operator set that all nodes are of: the first in which every reduction takes its axes as an operand. */
const OPSET = 18;
/** The version of the file format that came with it. */
const IR_VERSION = 8;

type Attribute = number | string | readonly number[];

/** The graph of an ONNX model while it is written: nodes in order, and the constants that they read. */
export class OnnxGraph {
  private readonly nodes: onnx.INodeProto[] = [];
  private readonly initializers = new Map<string, onnx.ITensorProto>();
  private readonly inputs: onnx.IValueInfoProto[] = [];
  private readonly outputs: onnx.IValueInfoProto[] = [];
  private readonly names = new Set<string>();
  private count = 0;

  /** A name that nothing has, `wanted` itself if it is free. */
  name(wanted?: string): string {
    let name = wanted ?? `v${this.count++}`;
    while (this.names.has(name)) name = `${wanted ?? "v"}_${this.count++}`;
    this.names.add(name);
    return name;
  }

  /** Adds a node of one output and gives the output's name. */
  node(op: string, inputs: readonly string[], attributes: Readonly<Record<string, Attribute>> = {}): string {
    const output = this.name();
    const attribute = Object.entries(attributes).map(([key, value]) => attributeOf(key, value));
    this.nodes.push({ opType: op, name: output, input: [...inputs], output: [output], attribute });
    return output;
  }

  /** A constant of these bytes, little-endian as the format wants them. */
  constant(type: { dtype: DType | "int64"; shape: Shape }, bytes: Uint8Array, wanted?: string): string {
    const name = this.name(wanted);
    const proto = { name, dataType: DATA_TYPES[type.dtype], dims: [...type.shape], rawData: bytes };
    this.initializers.set(name, proto);
    return name;
  }

  /** A vector of int64: shapes, axes, positions. */
  integers(values: readonly number[], shape: Shape = [values.length]): string {
    const data = BigInt64Array.from(values, BigInt);
    return this.constant({ dtype: "int64", shape }, new Uint8Array(data.buffer));
  }

  cast(value: string, dtype: DType | "int64"): string {
    return this.node("Cast", [value], { to: DATA_TYPES[dtype] });
  }

  input(wanted: string, type: TensorType): string {
    const name = this.name(wanted);
    this.inputs.push(valueInfo(name, type));
    return name;
  }

  output(wanted: string, value: string, type: TensorType): void {
    const name = this.name(wanted);
    this.nodes.push({ opType: "Identity", name, input: [value], output: [name], attribute: [] });
    this.outputs.push(valueInfo(name, type));
  }

  /** The whole model as a file. */
  async encode(graphName: string): Promise<Uint8Array> {
    const proto = await import("onnx-proto");
    const { ModelProto } = proto.onnx ?? (proto as unknown as { default: typeof proto }).default.onnx;
    const model = ModelProto.create({
      irVersion: IR_VERSION,
      producerName: "weft",
      opsetImport: [{ domain: "", version: OPSET }],
      graph: {
        name: graphName,
        node: this.nodes,
        initializer: [...this.initializers.values()],
        input: this.inputs,
        output: this.outputs,
      },
    });
    return new Uint8Array(ModelProto.encode(model).finish());
  }
}

/** `AttributeProto.AttributeType`. */
const ATTRIBUTE = { int: 2, string: 3, ints: 7 } as const;

function attributeOf(name: string, value: Attribute): onnx.IAttributeProto {
  if (typeof value === "number") return { name, type: ATTRIBUTE.int, i: value };
  if (typeof value === "string") return { name, type: ATTRIBUTE.string, s: new TextEncoder().encode(value) };
  return { name, type: ATTRIBUTE.ints, ints: [...value] };
}

function valueInfo(name: string, { dtype, shape }: TensorType): onnx.IValueInfoProto {
  const dim = shape.map((dimValue) => ({ dimValue }));
  return { name, type: { tensorType: { elemType: DATA_TYPES[dtype], shape: { dim } } } };
}
