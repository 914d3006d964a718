import { WeftError } from "@weftjs/ir";
import type { Tensor } from "../tensor.js";
import { misnamed } from "./file-error.js";
import { fillTree, namedTensors } from "./named-tensors.js";
import { decodeNpy, encodeNpy } from "./npy.js";
import { decodeNpz, encodeNpz } from "./npz.js";
import { decodeSafetensors, encodeSafetensors } from "./safetensors.js";

interface Format {
  encode(tree: unknown): Promise<Uint8Array>;
  decode(bytes: Uint8Array): Readonly<Record<string, Tensor>>;
}

const FORMATS: Readonly<Record<string, Format>> = {
  safetensors: { encode: encodeSafetensors, decode: decodeSafetensors },
  npz: { encode: encodeNpz, decode: (bytes) => decodeNpz(bytes) },
  npy: { encode: encodeAlone, decode: (bytes) => ({ value: decodeNpy(bytes) }) },
};

/**
 * Writes a tree of tensors (parameters, optimizer state) to a file; its name ends with `.safetensors`, `.npz` or, for
 * one tensor, `.npy`. Tensors are named by their paths, `layers.0.w`. An interrupted save leaves the file that was
 * there. In Node; in browsers `encodeSafetensors` and its kin give the bytes.
 *
 * @throws W5005 a file that cannot be written; W5023 two tensors with one path; W5025 another ending.
 */
export async function save(file: string, tree: unknown): Promise<void> {
  const { encode } = formatOf(file);
  const bytes = await encode(tree);
  const { writeDurably } = await import("./files-node.js");
  await writeDurably(file, bytes);
}

/**
 * The tensors of a file by name, or, with `like`, that tree with the file's tensors in place of its own (those of an
 * npy file are one, called `value`).
 *
 * @throws W5020, W5021, W5022 for a broken file; W5023 where the file does not fit `like`; W5024 where it cannot be read; W5025 another ending.
 */
export async function load(file: string): Promise<Record<string, Tensor>>;
export async function load<T>(file: string, like: T): Promise<T>;
export async function load(file: string, like?: unknown): Promise<unknown> {
  const { decode } = formatOf(file);
  const { readBytes } = await import("./files-node.js");
  const named = decode(await readBytes(file));
  return like === undefined ? named : fillTree(like, new Map(Object.entries(named)));
}

function formatOf(file: string): Format {
  const ending = /\.(safetensors|npz|npy)$/.exec(file)?.[1];
  if (ending) return FORMATS[ending]!;
  throw new WeftError({
    code: "W5025",
    message: `${file} has no format that is known`,
    hint: "name it .safetensors, .npz or .npy",
  });
}

async function encodeAlone(tree: unknown): Promise<Uint8Array> {
  const [only, ...others] = namedTensors(tree).values();
  if (only && others.length === 0) return encodeNpy(only);
  throw misnamed(
    `an npy file holds one tensor, the tree has ${only ? others.length + 1 : 0}`,
    "save it as .npz",
  );
}
