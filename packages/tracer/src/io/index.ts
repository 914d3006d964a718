export { decodeNpy, encodeNpy } from "./npy.js";
export { decodeNpz, encodeNpz, type NpzOptions } from "./npz.js";
export { decodeSafetensors, encodeSafetensors } from "./safetensors.js";
export { fillTree } from "./named-tensors.js";
export { exportOnnx, type OnnxOptions } from "./onnx/export-onnx.js";
export { load, save } from "./save-load.js";
