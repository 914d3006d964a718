import { type TensorType, WeftError } from "@weftjs/ir";
import { executor } from "../device/current.js";
import type { Storage } from "../device/executor.js";
import { codeFrame, userLocation } from "./source-location.js";

/** Storage for a tensor. @throws W4021, at the user's line, where the device has none so large. */
export function allocate(type: TensorType): Storage {
  try {
    return executor().allocate(type);
  } catch (error) {
    throw atUserLine(error);
  }
}

/** Storage with this content. @throws W4021 as `allocate`. */
export function upload(content: ArrayBufferView, type: TensorType): Storage {
  try {
    return executor().upload(content, type);
  } catch (error) {
    throw atUserLine(error);
  }
}

/** The place is looked for only when something was thrown: these run for every tensor. */
function atUserLine(error: unknown): unknown {
  if (!(error instanceof WeftError)) return error;
  const location = userLocation();
  return error.at(location, codeFrame(location));
}
