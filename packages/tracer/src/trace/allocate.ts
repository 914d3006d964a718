import { type TensorType, WeftError } from "@weftjs/ir";
import { executor } from "../device/current.js";
import type { Storage } from "../device/executor.js";
import { codeFrame, userLocation } from "./source-location.js";

/** Storage for a tensor. @throws W4021, at the user's line, where the device has none so large. */
export function allocate(type: TensorType): Storage {
  return atUserLine(() => executor().allocate(type));
}

/** Storage with this content. @throws W4021 as `allocate`. */
export function upload(content: ArrayBufferView, type: TensorType): Storage {
  return atUserLine(() => executor().upload(content, type));
}

/** The place is looked for only when something was thrown: these run for every tensor. */
function atUserLine<T>(body: () => T): T {
  try {
    return body();
  } catch (error) {
    if (!(error instanceof WeftError)) throw error;
    const location = userLocation();
    throw error.at(location, codeFrame(location));
  }
}
