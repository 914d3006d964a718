import type { Target } from "@weftjs/ir";
import type { Place } from "./bindings.js";
import type { EmittedKernel } from "./kernel.js";

/** Dispatches that one kernel computes, by number, and how it finds where in their tensors each begins. */
export interface Family {
  readonly members: readonly number[];
  readonly places: readonly Place[];
}

/**
 * Which dispatches share a kernel: those whose code is equal but for where in its tensors it begins. A binding starts
 * at a multiple of 256 bytes; what is left to the first element stands in the text where all members have it in common,
 * else each dispatch brings it along. So how many kernels an unrolled loop takes depends neither on its length nor on
 * whether its steps are at such multiples.
 */
export function familiesOf(emitted: readonly EmittedKernel[], target: Target): readonly Family[] {
  const byCode = grouped(emitted, (kernel) => `${kernel.code}\n${kernel.bindings.signature}`);
  return byCode.flatMap((members) => {
    const first = emitted[members[0]!]!;
    const skipped = members.map((member) => emitted[member]!.bindings.skipped);
    const places = placesOf(skipped);
    const hasRoom = first.bound.length + 1 <= target.maxStorageBuffers;
    if (hasRoom || !places.some((place) => "word" in place)) return [{ members, places }];
    return grouped(skipped, String).map((alike) => ({
      members: alike.map((k) => members[k]!),
      places: placesOf(alike.map((k) => skipped[k]!)),
    }));
  });
}

/** Positions of what has a key in common, in order of first appearance. */
function grouped<T>(list: readonly T[], keyOf: (item: T) => string): number[][] {
  const groups = new Map<string, number[]>();
  for (const [position, item] of list.entries()) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group) group.push(position);
    else groups.set(key, [position]);
  }
  return [...groups.values()];
}

/** For each tensor, from what each member skips of it. */
function placesOf(skipped: readonly (readonly number[])[]): readonly Place[] {
  let words = 0;
  return skipped[0]!.map((first, tensor): Place => {
    const all = skipped.map((member) => member[tensor]!);
    if (all.every((count) => count === first)) return { skipped: first };
    return { word: words++, unit: all.every((count) => count % 4 === 0) ? 4 : 1 };
  });
}
