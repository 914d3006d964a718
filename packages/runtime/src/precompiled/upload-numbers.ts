import { encodeElements, byteLength, flattenWritten } from "@weftjs/ir/core";
import type { RuntimeCore } from "../runtime-core.js";
import type { Storage } from "../storage.js";
import { noNumbers } from "./module-errors.js";
import type { BoundTensor } from "./bind-arguments.js";

/** Brings numbers to the device: a typed array, nested arrays, or one number. @throws W4073 */
export function uploadNumbers(runtime: RuntimeCore, { type, value, path }: BoundTensor): Storage {
  const { dtype, shape } = type;
  const values = ArrayBuffer.isView(value)
    ? (value as ArrayBufferView & ArrayLike<number>) // A typed array: a DataView fits nothing.
    : flattenWritten(value, shape, (fault) =>
        fault.kind === "ragged"
          ? noNumbers(path, "its arrays have different lengths")
          : noNumbers(path, `it holds ${fault.value === null ? "null" : typeof fault.value}`),
      );
  if (dtype === "int32" || dtype === "uint32") {
    for (let k = 0; k < values.length; k++)
      if (!Number.isInteger(values[k])) throw noNumbers(path, `${values[k]} is no integer`);
  }
  return uploadBytes(runtime, encodeElements(values, dtype), byteLength(type));
}

/** Content as a device stores it. WebGPU copies whole words, and at least one. */
export function uploadBytes(runtime: RuntimeCore, content: ArrayBufferView, bytes: number): Storage {
  if (content.byteLength === bytes) return runtime.upload(content);
  const padded = new Uint8Array(bytes);
  padded.set(new Uint8Array(content.buffer, content.byteOffset, content.byteLength));
  return runtime.upload(padded);
}
