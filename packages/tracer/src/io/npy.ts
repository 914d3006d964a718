import { elementCount, type Shape } from "@weftjs/ir";
import { transpose } from "../functions/shape.js";
import type { Tensor } from "../tensor.js";
import { bytesOf, bytesOfTensor, type ElementKind, KIND_OF, tensorOfBytes } from "./elements.js";
import { malformed } from "./file-error.js";

const MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];

const KINDS: ReadonlyMap<string, ElementKind> = new Map([
  ["b1", "bool"], ["u1", "u8"], ["i1", "i8"], ["u2", "u16"], ["i2", "i16"], ["f2", "f16"],
  ["u4", "u32"], ["i4", "i32"], ["f4", "f32"], ["u8", "u64"], ["i8", "i64"], ["f8", "f64"],
]); // prettier-ignore
const NAMES = new Map([...KINDS].map(([name, kind]) => [kind, name]));

/** One tensor as npy, version 1.0 (https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html). */
export async function encodeNpy(x: Tensor): Promise<Uint8Array> {
  const data = await bytesOfTensor(x);
  const kind = KIND_OF[x.dtype];
  const descr = `${bytesOf(kind) === 1 ? "|" : "<"}${NAMES.get(kind)!}`;
  const shape = x.ndim === 1 ? `(${x.shape[0]},)` : `(${x.shape.join(", ")})`;
  const dictionary = `{'descr': '${descr}', 'fortran_order': False, 'shape': ${shape}, }`;
  // The data begins at a multiple of 64, the header ends with a line feed.
  const start = Math.ceil((10 + dictionary.length + 1) / 64) * 64;
  const bytes = new Uint8Array(start + data.length);
  bytes.set([...MAGIC, 1, 0]);
  new DataView(bytes.buffer).setUint16(8, start - 10, true);
  bytes.set(new TextEncoder().encode(`${dictionary.padEnd(start - 11)}\n`), 10);
  bytes.set(data, start);
  return bytes;
}

/** The tensor of an npy file, of version 1 to 3, little- or big-endian, in C or Fortran order. @throws W5021 */
export function decodeNpy(bytes: Uint8Array): Tensor {
  const { dictionary, data } = parts(bytes);
  const { kind, isBigEndian, isFortran, shape } = fieldsOf(dictionary);
  const needed = elementCount(shape) * bytesOf(kind);
  if (data.length !== needed)
    throw malformed("npy", `[${shape.join(",")}] takes ${needed} bytes of data, it has ${data.length}`);
  const stored = isFortran ? shape.toReversed() : shape;
  const made = tensorOfBytes(data, kind, stored, { isBigEndian });
  if (!made) throw malformed("npy", "it has integers beyond 32 bits");
  return isFortran && shape.length > 1 ? transpose(made) : made;
}

function parts(bytes: Uint8Array): { dictionary: string; data: Uint8Array } {
  if (bytes.length < 12 || MAGIC.some((byte, k) => bytes[k] !== byte)) {
    throw malformed("npy", "it does not start as one does");
  }
  const major = bytes[6]!;
  if (major < 1 || major > 3) throw malformed("npy", `version ${major} is unknown`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const [begin, length] = major === 1 ? [10, view.getUint16(8, true)] : [12, view.getUint32(8, true)];
  if (begin + length > bytes.length)
    throw malformed("npy", `a header of ${length} bytes in a file of ${bytes.length}`);
  const dictionary = new TextDecoder("utf-8").decode(bytes.subarray(begin, begin + length));
  return { dictionary, data: bytes.subarray(begin + length) };
}

/** One field of the header: a Python dictionary of a string, a bool and a tuple, in any order. */
const FIELD = /\s*'(descr|fortran_order|shape)'\s*:\s*('[^']*'|True|False|\([\d\s,]*\))\s*(,|(?=\}))/y;

interface Fields {
  readonly kind: ElementKind;
  readonly isBigEndian: boolean;
  readonly isFortran: boolean;
  readonly shape: Shape;
}

function fieldsOf(dictionary: string): Fields {
  const fields = new Map<string, string>();
  const fault = (): Error => malformed("npy", `its header is ${JSON.stringify(dictionary.slice(0, 80))}`);
  const text = dictionary.trim();
  FIELD.lastIndex = 1;
  let end = 1;
  for (let found = FIELD.exec(text); found; found = FIELD.exec(text)) {
    if (fields.has(found[1]!)) throw fault();
    fields.set(found[1]!, found[2]!);
    end = FIELD.lastIndex;
  }
  if (!text.startsWith("{") || text.slice(end).trim() !== "}" || fields.size !== 3) throw fault();
  const [, order, name] = /^'([<>|=])(\w\d)'$/.exec(fields.get("descr")!) ?? [];
  const kind = KINDS.get(name ?? "");
  if (!kind)
    throw malformed("npy", `its elements are ${fields.get("descr")!.slice(0, 40)}, which cannot be read`);
  const fortran = fields.get("fortran_order");
  const shape = shapeOf(fields.get("shape")!);
  if (!shape || (fortran !== "True" && fortran !== "False")) throw fault();
  return { kind, shape, isBigEndian: order === ">", isFortran: fortran === "True" };
}

function shapeOf(tuple: string): Shape | undefined {
  if (!/^\((?:\s*|(?:\s*\d+\s*,)+\s*(?:\d+\s*)?)\)$/.test(tuple)) return undefined;
  const sizes = tuple.slice(1, -1).split(",").filter((size) => size.trim() !== "").map(Number); // prettier-ignore
  return sizes.every(Number.isSafeInteger) ? sizes : undefined;
}
