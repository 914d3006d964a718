/** Numbers on the host in the form that `tensor` takes: row-major data and its shape. */
export interface HostArray {
  /** The elements, row-major. */
  readonly data: Float32Array | Int32Array;
  /** The size of each axis. */
  readonly shape: readonly number[];
}

/** Elements in one entry of the first axis. */
export function rowSize({ shape }: HostArray): number {
  return shape.slice(1).reduce((product, size) => product * size, 1);
}

/** Entries `start` up to, not including, `stop` of the first axis. Shares the memory of `array`. */
export function rows(array: HostArray, start: number, stop: number): HostArray {
  const size = rowSize(array);
  return {
    data: array.data.subarray(start * size, stop * size),
    shape: [stop - start, ...array.shape.slice(1)],
  };
}
