import { byteLength, formatType, sameType } from "@weftjs/ir";
import { executor } from "../device/current.js";
import type { Tensor } from "../tensor.js";
import { makesOtherData } from "./precompile-errors.js";
import type { CapturedTensor } from "./precompile.js";
import type { ProbeTrace } from "./trace-probes.js";

/**
 * The tensors that a function takes from elsewhere, with their contents. Those that it makes from data are others at each
 * call, with the same content: it is compared. @throws W1070 where it is not the same
 */
export async function capturedTensors(
  name: string,
  traces: readonly ProbeTrace[],
): Promise<readonly CapturedTensor[]> {
  const [first, ...others] = traces;
  const captured = await Promise.all(
    first!.others.map(async (tensor) => ({ tensor, content: await contentOf(tensor) })),
  );
  for (const trace of others) {
    for (const [k, { tensor, content }] of captured.entries()) {
      const other = trace.others[k]!;
      if (other === tensor) continue;
      const isSame = sameType(other.type, tensor.type) && sameBytes(await contentOf(other), content);
      if (!isSame) throw makesOtherData(name, formatType(tensor.type));
    }
  }
  return captured;
}

async function contentOf(tensor: Tensor): Promise<Uint8Array> {
  const content = new Uint8Array(await executor().read(tensor.content()));
  return content.subarray(0, byteLength(tensor.type));
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, k) => byte === b[k]);
}
