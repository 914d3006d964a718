import { WeftError } from "@weftjs/ir";

/** The one element type that MNIST's files use, out of the format's six. */
const UNSIGNED_BYTE = 0x08;

export interface IdxFile {
  readonly data: Uint8Array;
  readonly shape: readonly number[];
}

/**
 * Reads an idx file, the format of MNIST: two zero bytes, the element type, the rank, the sizes as big-endian
 * 32-bit integers, then the elements in row-major order. Shares the memory of `bytes`. W5002 where it is not one.
 */
export function parseIdx(bytes: Uint8Array, name: string): IdxFile {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 4 || view.getUint16(0) !== 0 || bytes[2] !== UNSIGNED_BYTE) {
    throw malformed(name, "it does not start as an idx file of unsigned bytes does (00 00 08)");
  }
  const rank = bytes[3]!;
  const start = 4 + 4 * rank;
  if (bytes.length < start)
    throw malformed(name, `its header of ${start} bytes is cut short at ${bytes.length}`);

  const shape = Array.from({ length: rank }, (_, axis) => view.getUint32(4 + 4 * axis));
  const needed = shape.reduce((product, size) => product * size, 1);
  if (bytes.length - start !== needed) {
    throw malformed(name, `[${shape}] needs ${needed} bytes of data, got ${bytes.length - start}`);
  }
  return { data: bytes.subarray(start), shape };
}

function malformed(name: string, reason: string): WeftError {
  return new WeftError({ code: "W5002", message: `${name} is not a readable idx file: ${reason}` });
}
