import { FRESH, type LiteralSlot, type TraceNode } from "./trace-node.js";

/** How many inputs the steps bind. */
export function freshCount(path: readonly TraceNode[]): number {
  let count = 0;
  for (const node of path) for (const code of node.codes) if (code === FRESH) count++;
  return count;
}

/** The promoted literals of the steps, in order. */
export function promotedOn(path: readonly TraceNode[]): readonly LiteralSlot[] {
  const slots: LiteralSlot[] = [];
  for (const { literals } of path) for (const slot of literals) if (slot?.isPromoted) slots.push(slot);
  return slots;
}

/**
 * The values of promoted literals in a session that passed them. What it passed before the promotion, by itself or by
 * another session meanwhile, had the number that was baked in then.
 */
export function scalarsOf(
  slots: readonly LiteralSlot[],
  session: { readonly slots: readonly LiteralSlot[]; readonly scalars: readonly number[] },
): readonly number[] {
  let next = 0; // Both lists are in the order of the path.
  return slots.map((slot) => {
    const at = session.slots.indexOf(slot, next);
    if (at < 0) return slot.value;
    next = at + 1;
    return session.scalars[at]!;
  });
}
