/** The smallest buffer; also WebGPU's alignment of dynamic offsets. */
const SMALLEST_CLASS = 256;

/**
 * The buffer size that a request of `bytes` is served with: four steps to each power of two, so that at most
 * a fifth of a buffer (a quarter of the request) is waste, while requests of like size share buffers. A class
 * above `limit` is cut to the request itself. Always a multiple of 4.
 */
export function sizeClass(bytes: number, limit: number): number {
  if (bytes <= SMALLEST_CLASS) return SMALLEST_CLASS;
  const below = 2 ** Math.floor(Math.log2(bytes - 1));
  const step = below / 4;
  const size = Math.ceil(bytes / step) * step;
  return size <= limit ? size : alignTo(bytes, 4);
}

export function alignTo(bytes: number, alignment: number): number {
  return Math.ceil(bytes / alignment) * alignment;
}
