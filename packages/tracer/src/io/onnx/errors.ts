import { WeftError } from "@weftjs/ir";

/** W5030: an op that ONNX cannot say. */
export function noOnnxForm(op: string, reason: string): WeftError {
  return new WeftError({
    code: "W5030",
    message: `${op} has no form in ONNX: ${reason}`,
    hint: "export the part of the function without it, and compute the rest where the model is used",
  });
}
