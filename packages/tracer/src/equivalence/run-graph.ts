import { compile } from "@weftjs/codegen-wgsl";
import {
  byteLength,
  decodeElements,
  encodeElements,
  type Graph,
  type HostTensor,
  type Target,
  type TensorType,
} from "@weftjs/ir";
import type { Runtime } from "@weftjs/runtime";

/** How a graph is compiled for one run of it. */
export interface RunOptions {
  readonly fuse: boolean;
  /** Changes to what the adapter says of itself, to test the kernels that are meant for another. */
  readonly target?: Partial<Target>;
}

/** Compiles a graph as it stands, runs it on the adapter, and gives back what it computed. */
export async function runGraph(
  runtime: Runtime,
  graph: Graph,
  inputs: readonly HostTensor[],
  { fuse, target = {} }: RunOptions,
): Promise<readonly Float64Array[]> {
  const buffers = graph.params.flatMap((param, k) => (param.passedAs === "buffer" ? [inputs[k]!] : []));
  const scalars = graph.params.flatMap((param, k) =>
    param.passedAs === "scalar" ? [inputs[k]!.data[0]!] : [],
  );
  const uploaded = buffers.map((tensor) => runtime.upload(toMemory(tensor)));
  const outputs = graph.results.map((result) => runtime.allocate(byteLength(result.type)));
  runtime.enqueue({
    name: graph.name,
    program: (adapter) => compile(graph, { target: { ...adapter, ...target }, fuse }),
    inputs: uploaded,
    scalars,
    outputs,
  });
  const read = await Promise.all(outputs.map((output) => runtime.read(output)));
  for (const storage of [...uploaded, ...outputs]) storage.release();
  return read.map((buffer, k) => fromMemory(buffer, graph.results[k]!.type));
}

function toMemory({ type, data }: HostTensor): ArrayBufferView {
  const encoded = encodeElements(data, type.dtype);
  const bytes = new Uint8Array(byteLength(type)); // Whole words.
  bytes.set(new Uint8Array(encoded.buffer, encoded.byteOffset, encoded.byteLength));
  return bytes;
}

function fromMemory(buffer: ArrayBuffer, type: TensorType): Float64Array {
  return Float64Array.from(decodeElements(buffer, type) as ArrayLike<number>);
}
