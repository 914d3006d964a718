import { WeftError } from "@weftjs/ir";

type Format = "safetensors" | "npy" | "npz";

const CODES = { safetensors: "W5020", npy: "W5021", npz: "W5022" } as const satisfies Record<Format, string>;

/** W5020, W5021 or W5022: bytes that are not what the format says. */
export function malformed(format: Format, reason: string, cause?: unknown): WeftError {
  return new WeftError({
    code: CODES[format],
    message: `this is no readable ${format} file: ${reason}`,
    ...(cause === undefined ? {} : { cause }),
  });
}

/** W5023: tensors that do not fit the names in a file, or the other way round. */
export function misnamed(message: string, hint?: string): WeftError {
  return new WeftError({ code: "W5023", message, ...(hint ? { hint } : {}) });
}
