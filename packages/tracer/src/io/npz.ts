import { WeftError } from "@weftjs/ir";
import { unzipSync, zipSync } from "fflate";
import type { Tensor } from "../tensor.js";
import { objectOf } from "../tree/tree.js";
import { malformed } from "./file-error.js";
import { namedTensors, recordOf } from "./named-tensors.js";
import { decodeNpy, encodeNpy } from "./npy.js";

const SUFFIX = ".npy";
/** Deflate makes 258 bytes of 2 bits at best: what claims more than that is a bomb or broken. */
const BEST_RATIO = 1032;

/** How much `decodeNpz` takes. */
export interface NpzOptions {
  /** Bytes that all arrays together may have; 2³⁰ where absent. More is refused before anything is unpacked. */
  readonly maxBytes?: number;
}

/** A tree of tensors as npz: a zip of npy files, not compressed, as `numpy.savez` makes it. Names are paths. @throws W5023 */
export async function encodeNpz(tree: unknown): Promise<Uint8Array> {
  const named = [...namedTensors(tree)];
  const files = await Promise.all(named.map(([, x]) => encodeNpy(x)));
  const names = named.map(([name]) => name + SUFFIX);
  const entries = objectOf(names, files) as Record<string, Uint8Array>; // of the values given
  return zipSync(entries, { level: 0 });
}

/** The tensors of an npz file by name, compressed or not. @throws W5022 for a broken file, W5021 for a broken array in it. */
export function decodeNpz(
  bytes: Uint8Array,
  { maxBytes = 2 ** 30 }: NpzOptions = {},
): Record<string, Tensor> {
  const seen = new Set<string>();
  let total = 0;
  const admit = ({
    name,
    size,
    originalSize,
  }: {
    name: string;
    size: number;
    originalSize: number;
  }): boolean => {
    if (!name.endsWith(SUFFIX)) throw malformed("npz", `it holds ${JSON.stringify(name.slice(0, 80))}`);
    if (seen.has(name)) throw malformed("npz", `it holds ${JSON.stringify(name.slice(0, 80))} twice`);
    seen.add(name);
    total += originalSize;
    if (!(originalSize <= size * BEST_RATIO + 64) || size > bytes.length || !(total <= maxBytes)) {
      throw malformed("npz", `its arrays claim ${total} bytes, in a file of ${bytes.length}`);
    }
    return true;
  };
  const files = unpack(bytes, admit);
  const named = Object.entries(files).map(
    ([name, file]) => [name.slice(0, -SUFFIX.length), decodeNpy(file)] as const,
  );
  return recordOf(new Map(named));
}

type Admit = NonNullable<NonNullable<Parameters<typeof unzipSync>[1]>["filter"]>;

function unpack(bytes: Uint8Array, filter: Admit): Record<string, Uint8Array> {
  try {
    return unzipSync(bytes, { filter });
  } catch (cause) {
    if (cause instanceof WeftError) throw cause;
    throw malformed("npz", cause instanceof Error ? cause.message : String(cause), cause);
  }
}
