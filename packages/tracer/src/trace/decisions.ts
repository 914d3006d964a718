/** Numbers that JavaScript decided by at one place: the operands of a comparison, or what counts as true or not. */
export interface Decision {
  readonly a: unknown;
  readonly b: unknown;
  /** The number of the place. */
  readonly site: number;
}

/** Null while nobody looks. */
let noted: Decision[] | null = null;

/** Told of by transformed code wherever plain values are compared. Costs nothing while nobody looks. */
export function noteDecision(a: unknown, b: unknown, site: number): void {
  if (noted !== null && (typeof a === "number" || typeof b === "number")) noted.push({ a, b, site });
}

/** Runs `body`, and gives what JavaScript decided by in it. */
export function decisionsIn<T>(body: () => T): {
  readonly result: T;
  readonly decisions: readonly Decision[];
} {
  const before = noted;
  const decisions: Decision[] = [];
  noted = decisions;
  try {
    return { result: body(), decisions };
  } finally {
    noted = before;
  }
}
