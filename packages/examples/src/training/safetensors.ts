import { open, rename, rm } from "node:fs/promises";
import { Tensor, WeftError } from "weftjs";

/** Tensors by name, as a safetensors file holds them. */
type NamedTensors = ReadonlyMap<string, Tensor>;

const DTYPE_NAMES: Readonly<Record<string, string>> = {
  float32: "F32",
  float16: "F16",
  int32: "I32",
  uint32: "U32",
  bool: "BOOL",
  float64: "F64",
};

/**
 * Writes a tree of tensors as safetensors: 8 bytes with the header's length, a JSON header, the raw data. A
 * tensor is named by its path, `0.w`. An interrupted write leaves the file that was there. W5005 for a file that
 * cannot be written.
 */
export async function saveSafetensors(file: string, params: unknown): Promise<void> {
  const bytes = await encodeSafetensors(namedTensors(params));
  const draft = `${file}.${process.pid}.part`;
  try {
    await writeDurably(draft, bytes);
    await rename(draft, file);
  } catch (cause) {
    await rm(draft, { force: true });
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new WeftError({ code: "W5005", message: `cannot write ${file}: ${reason}`, cause });
  }
}

/** The format: https://github.com/huggingface/safetensors#format. Little-endian, as every machine WebGPU runs on. */
export async function encodeSafetensors(tensors: NamedTensors): Promise<Uint8Array> {
  const header: Record<string, unknown> = Object.create(null) as Record<string, unknown>; // a name may be `__proto__`
  const blocks: Uint8Array[] = [];
  let offset = 0;
  for (const [name, tensor] of tensors) {
    const data = await tensor.data();
    const block = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    const dataOffsets = [offset, offset + block.length];
    header[name] = { dtype: DTYPE_NAMES[tensor.dtype], shape: tensor.shape, data_offsets: dataOffsets };
    blocks.push(block);
    offset += block.length;
  }
  const json = new TextEncoder().encode(JSON.stringify(header));
  // Spaces up to a multiple of 8, so that a reader may map the data where it lies.
  const headerLength = Math.ceil(json.length / 8) * 8;
  const bytes = new Uint8Array(8 + headerLength + offset).fill(0x20, 8, 8 + headerLength);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(headerLength), true);
  bytes.set(json, 8);
  let position = 8 + headerLength;
  for (const block of blocks) {
    bytes.set(block, position);
    position += block.length;
  }
  return bytes;
}

/** Every tensor of a tree of arrays and plain objects, by its path. */
export function namedTensors(tree: unknown, path = ""): Map<string, Tensor> {
  if (tree instanceof Tensor) return new Map([[path || "value", tree]]);
  if (typeof tree !== "object" || tree === null) return new Map();
  const entries = Object.entries(tree).flatMap(([key, value]) => [
    ...namedTensors(value, path ? `${path}.${key}` : key),
  ]);
  return new Map(entries);
}

async function writeDurably(file: string, bytes: Uint8Array): Promise<void> {
  const handle = await open(file, "w");
  try {
    await handle.writeFile(bytes);
    await handle.sync();
  } finally {
    await handle.close();
  }
}
