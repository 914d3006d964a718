import {
  decodeElements,
  encodeElements,
  type Graph,
  hostTensor,
  type HostTensor,
  type TensorType,
} from "@weftjs/ir";

/** The parameters of a graph as the interpreter takes them: buffers by their bytes, numbers rounded to their dtype. */
export function hostInputs(
  graph: Graph,
  contents: readonly ArrayBuffer[],
  scalars: readonly number[],
): readonly HostTensor[] {
  let input = 0;
  let scalar = 0;
  return graph.params.map(({ type, passedAs }) => {
    if (passedAs === "scalar") return hostTensor(type, roundedScalar(scalars[scalar++]!, type));
    return fromBytes(contents[input++]!, type);
  });
}

/** A tensor from the bytes that a device stores for it. */
export function fromBytes(content: ArrayBuffer, type: TensorType): HostTensor {
  return hostTensor(type, Float64Array.from(decodeElements(content, type)));
}

/** A number as the device gets it: rounded to its dtype. */
function roundedScalar(value: number, type: TensorType): ArrayLike<number> {
  return Float64Array.from(encodeElements([value], type.dtype) as unknown as ArrayLike<number>);
}
