import { byteLength, type Program, type Slot } from "@weftjs/ir/core";

/** What one binding of a slot covers; of a tape, what its first row takes. */
export function slotBytes(slot: Slot, { inputs }: Program): number {
  switch (slot.kind) {
    case "input":
      return byteLength(inputs[slot.input]!);
    case "tape":
      return slot.rowBytes;
    default:
      return slot.bytes;
  }
}
