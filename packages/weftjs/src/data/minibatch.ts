import { WeftError } from "@weftjs/ir";
import { slice, take, Tensor, tensor } from "@weftjs/tracer";
import { rowSize, rows, type HostArray } from "./host-array.js";
import { shuffledOrder, uniformStream } from "./host-stream.js";

/** How `minibatch` cuts and orders rows. */
export interface MinibatchOptions {
  /** Rows in a batch. */
  readonly size: number;
  /** In random order; false keeps the order of the data. */
  readonly shuffle?: boolean;
  /** What `shuffle` starts from: the same seed gives the same order. */
  readonly seed?: number;
  /** Also give the rows that are left at the end, fewer than `size`. Their shape makes for one more compile. */
  readonly partial?: boolean;
}

/**
 * Batches of arrays or tensors that share their first axis, as tensors under the same names. A batch of arrays is
 * copied to the device when it is asked for, so a data set may be larger than the device's memory; what is a tensor
 * already is cut there.
 *
 * @throws W5004 for a bad size, or first sizes that differ.
 */
export function* minibatch<Name extends string>(
  arrays: Readonly<Record<Name, HostArray | Tensor>>,
  { size, shuffle = false, seed = 0, partial = false }: MinibatchOptions,
): Generator<Record<Name, Tensor>> {
  const names = Object.keys(arrays) as Name[]; // Object.keys forgets the names' type
  const count = commonCount(arrays, names);
  if (!Number.isInteger(size) || size < 1 || size > count) {
    throw new WeftError({
      code: "W5004",
      message: `a batch needs between 1 and ${count} rows, as many as there are, got ${size}`,
    });
  }
  const order = shuffle ? shuffledOrder(count, uniformStream(seed)) : undefined;
  const end = partial ? count : count - (count % size);
  for (let start = 0; start < end; start += size) {
    const stop = Math.min(start + size, count);
    const batch = names.map((name) => [name, cut(arrays[name], start, stop, order)] as const);
    yield Object.fromEntries(batch) as Record<Name, Tensor>; // fromEntries forgets the names' type
  }
}

function commonCount(arrays: Readonly<Record<string, HostArray | Tensor>>, names: readonly string[]): number {
  const counts = new Set(names.map((name) => arrays[name]!.shape[0] ?? 0));
  if (counts.size === 1) return [...counts][0]!;
  const got = names.map((name) => `${name}: [${arrays[name]!.shape}]`).join(", ");
  throw new WeftError({
    code: "W5004",
    message: `minibatch needs arrays with equal first sizes, got ${got}`,
  });
}

function cut(array: HostArray | Tensor, start: number, stop: number, order: Int32Array | undefined): Tensor {
  const chosen = order?.subarray(start, stop);
  if (array instanceof Tensor) {
    return chosen ? take(array, tensor(chosen.slice()), { axis: 0 }) : slice(array, [start, stop]);
  }
  const { data, shape } = chosen ? gather(array, chosen) : rows(array, start, stop);
  return tensor(data, { shape });
}

function gather(array: HostArray, indices: Int32Array): HostArray {
  const size = rowSize(array);
  const data =
    array.data instanceof Int32Array
      ? new Int32Array(indices.length * size)
      : new Float32Array(indices.length * size);
  indices.forEach((row, i) => data.set(array.data.subarray(row * size, (row + 1) * size), i * size));
  return { data, shape: [indices.length, ...array.shape.slice(1)] };
}
