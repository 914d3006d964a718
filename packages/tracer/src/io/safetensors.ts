import { elementCount, type Shape } from "@weftjs/ir";
import type { Tensor } from "../tensor.js";
import { objectOf } from "../tree/tree.js";
import { duplicateKey } from "./duplicate-key.js";
import { bytesOf, bytesOfTensor, type ElementKind, KIND_OF, tensorOfBytes } from "./elements.js";
import { malformed, misnamed } from "./file-error.js";
import { namedTensors, recordOf } from "./named-tensors.js";

/** The header's cap in the format's own implementation: what claims more is refused before anything is read. */
const MAX_HEADER = 100_000_000;
const METADATA = "__metadata__";

const KINDS: ReadonlyMap<string, ElementKind> = new Map([
  ["BOOL", "bool"], ["U8", "u8"], ["I8", "i8"], ["U16", "u16"], ["I16", "i16"], ["F16", "f16"], ["BF16", "bf16"],
  ["U32", "u32"], ["I32", "i32"], ["F32", "f32"], ["U64", "u64"], ["I64", "i64"], ["F64", "f64"],
]); // prettier-ignore
const NAMES = new Map([...KINDS].map(([name, kind]) => [kind, name]));

/**
 * A tree of tensors as safetensors: 8 bytes with the header's length, a JSON header, the elements
 * (https://github.com/huggingface/safetensors#format). A tensor is named by its path, `layers.0.w`.
 *
 * @throws W5023 for two tensors with one path, or one called `__metadata__`.
 */
export async function encodeSafetensors(tree: unknown): Promise<Uint8Array> {
  const named = [...namedTensors(tree)];
  if (named.some(([name]) => name === METADATA)) throw misnamed(`no tensor can be called ${METADATA}`);
  const blocks = await Promise.all(named.map(([, x]) => bytesOfTensor(x)));
  let end = 0;
  const entries = named.map(([, x], k) => ({
    dtype: NAMES.get(KIND_OF[x.dtype]),
    shape: x.shape,
    data_offsets: [end, (end += blocks[k]!.length)],
  }));
  const header = new TextEncoder().encode(JSON.stringify(objectOf(named.map(([name]) => name), entries))); // prettier-ignore
  // Spaces up to a multiple of 8, so that a reader may map the data where it lies.
  const start = 8 + Math.ceil(header.length / 8) * 8;
  const bytes = new Uint8Array(start + end).fill(0x20, 8, start);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(start - 8), true);
  bytes.set(header, 8);
  blocks.forEach((block, k) => bytes.set(block, start + entries[k]!.data_offsets[0]!));
  return bytes;
}

/**
 * The tensors of a safetensors file by name. Strict: every byte of the data belongs to exactly one tensor, sizes are
 * those of shape and dtype, no name comes twice.
 *
 * @throws W5020 for anything else.
 */
export function decodeSafetensors(bytes: Uint8Array): Record<string, Tensor> {
  const { header, data } = parts(bytes);
  const entries = Object.entries(header).filter(([name]) => name !== METADATA);
  const read = entries.map(([name, entry]) => ({ name, ...checkedEntry(name, entry) }));
  checkCover(read, data.length);
  return recordOf(
    new Map(
      read.map(({ name, kind, shape, begin, end }) => {
        const made = tensorOfBytes(data.subarray(begin, end), kind, shape);
        if (!made) throw malformed("safetensors", `${quoted(name)} has integers beyond 32 bits`);
        return [name, made];
      }),
    ),
  );
}

function parts(bytes: Uint8Array): { header: Record<string, unknown>; data: Uint8Array } {
  if (bytes.length < 8)
    throw malformed("safetensors", `it has ${bytes.length} bytes, the header's length alone takes 8`);
  const length = new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true);
  if (length > MAX_HEADER)
    throw malformed("safetensors", `a header of ${length} bytes, more than ${MAX_HEADER}`);
  const start = 8 + Number(length);
  if (start > bytes.length)
    throw malformed("safetensors", `a header of ${length} bytes in a file of ${bytes.length}`);
  return { header: parseHeader(bytes.subarray(8, start)), data: bytes.subarray(start) };
}

function parseHeader(bytes: Uint8Array): Record<string, unknown> {
  let header: unknown;
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    header = JSON.parse(text);
  } catch (cause) {
    throw malformed("safetensors", "its header is no JSON", cause);
  }
  if (!isObject(header)) throw malformed("safetensors", "its header is no JSON object");
  const twice = duplicateKey(text);
  if (twice !== undefined) throw malformed("safetensors", `its header has ${quoted(twice)} twice`);
  const metadata = Object.entries(header).find(([name]) => name === METADATA)?.[1];
  if (metadata === undefined) return header;
  if (isObject(metadata) && Object.values(metadata).every((value) => typeof value === "string"))
    return header;
  throw malformed("safetensors", `${METADATA} is no object of strings`);
}

interface Entry {
  readonly kind: ElementKind;
  readonly shape: Shape;
  readonly begin: number;
  readonly end: number;
}

function checkedEntry(name: string, entry: unknown): Entry {
  const fault = (reason: string): Error => malformed("safetensors", `${quoted(name)} ${reason}`);
  if (!isObject(entry)) throw fault("is no object");
  const { dtype, shape, data_offsets: offsets } = entry;
  const kind = typeof dtype === "string" ? KINDS.get(dtype) : undefined;
  if (!kind) throw fault(`has the dtype ${quoted(dtype)}, which is none that can be read`);
  if (!isCounts(shape)) throw fault("has no shape of whole numbers");
  if (!isCounts(offsets) || offsets.length !== 2) throw fault("has no two data_offsets");
  const [begin, end] = offsets as [number, number]; // two, by the line above
  const needed = elementCount(shape) * bytesOf(kind);
  if (end - begin !== needed)
    throw fault(`takes ${needed} bytes by shape and dtype, ${end - begin} by its offsets`);
  return { kind, shape, begin, end };
}

/** One after another from the first byte of the data to the last: no gap, no byte twice, none outside. */
function checkCover(entries: readonly (Entry & { readonly name: string })[], size: number): void {
  let covered = 0;
  for (const { name, begin, end } of entries.toSorted((a, b) => a.begin - b.begin || a.end - b.end)) {
    if (begin !== covered)
      throw malformed("safetensors", `${quoted(name)} begins at byte ${begin}, not at ${covered}`);
    covered = end;
  }
  if (covered !== size)
    throw malformed("safetensors", `its tensors take ${covered} bytes, its data has ${size}`);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isCounts(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.every((count) => Number.isSafeInteger(count) && count >= 0);
}

/** As JSON, cut to what fits a message. */
function quoted(value: unknown): string {
  return (JSON.stringify(value) ?? "undefined").slice(0, 80);
}
