import { deflateSync } from "node:zlib";
import type { Picture } from "./picture.js";

const SIGNATURE = [137, 80, 78, 71, 13, 10, 26, 10];

/** 8 bits a pixel, grey, deflate, no filter but the row's own, not interlaced (PNG, third edition, 11.2.1). */
const FORMAT = [8, 0, 0, 0, 0];

/** A picture as a PNG file. */
export function encodePng({ width, height, pixels }: Picture): Uint8Array {
  const size = new DataView(new ArrayBuffer(8));
  size.setUint32(0, width);
  size.setUint32(4, height);
  // Every row begins with its filter: 0, none.
  const rows = new Uint8Array(height * (width + 1));
  for (let y = 0; y < height; y++) {
    rows.set(pixels.subarray(y * width, (y + 1) * width), y * (width + 1) + 1);
  }
  return Uint8Array.from([
    ...SIGNATURE,
    ...chunk("IHDR", [...new Uint8Array(size.buffer), ...FORMAT]),
    ...chunk("IDAT", deflateSync(rows)),
    ...chunk("IEND", []),
  ]);
}

/** Length, name, data, and the check sum of the last two. */
function chunk(name: string, data: ArrayLike<number>): Uint8Array {
  const bytes = new Uint8Array(data.length + 12);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, data.length);
  bytes.set(new TextEncoder().encode(name), 4);
  bytes.set(data, 8);
  view.setUint32(data.length + 8, checkSum(bytes.subarray(4, data.length + 8)));
  return bytes;
}

/** CRC-32 bit by bit, after the polynomial of ISO 3309 in reversed order. */
function checkSum(bytes: Uint8Array): number {
  let sum = -1;
  for (const byte of bytes) {
    sum ^= byte;
    for (let bit = 0; bit < 8; bit++) sum = (sum >>> 1) ^ (sum & 1 ? 0xedb88320 : 0);
  }
  return ~sum >>> 0;
}
