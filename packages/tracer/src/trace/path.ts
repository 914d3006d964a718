import { FRESH, type TraceNode } from "./trace-node.js";

/** How many inputs the steps bind. */
export function freshCount(path: readonly TraceNode[]): number {
  let count = 0;
  for (const node of path) for (const code of node.codes) if (code === FRESH) count++;
  return count;
}

/**
 * The values of the promoted literals on a path that a session walked. A session older than a promotion had the
 * number that was baked in then.
 */
export function scalarsOn(
  path: readonly TraceNode[],
  session: { readonly serial: number; readonly scalars: readonly number[] },
): readonly number[] {
  let next = 0;
  const values: number[] = [];
  for (const { literals } of path) {
    for (const slot of literals) {
      if (!slot || slot.promotedAt === 0) continue;
      values.push(slot.promotedAt <= session.serial ? session.scalars[next++]! : slot.value);
    }
  }
  return values;
}
