import { basesOf, type KernelGroup, type Value } from "@weftjs/ir";

/** In which pass over the columns each reduction is fed and each full-level value is written. */
export interface Phases {
  readonly reductions: readonly (readonly Value[])[];
  readonly fullStores: ReadonlyMap<number, readonly Value[]>;
}

/** A reduction waits for those its operand is made of; a value is written in the first pass that can know it. */
export function reductionPhases({ group, loads, stores }: KernelGroup): Phases {
  const loaded = new Set(loads);
  const phaseOf = new Map<Value, number>();
  const reductions: Value[][] = [];

  const known = (value: Value): number | undefined =>
    !value.node || loaded.has(value) ? 0 : phaseOf.get(value);
  const visit = (root: Value): number => {
    const stack = [root];
    while (stack.length > 0) {
      const value = stack[stack.length - 1]!;
      if (known(value) !== undefined) {
        stack.pop();
        continue;
      }
      const bases = value.node!.op.kind === "movement" ? basesOf([value]) : basesOf(value.node!.inputs);
      const missing = bases.filter((base) => known(base) === undefined);
      if (missing.length > 0) {
        stack.push(...missing);
        continue;
      }
      stack.pop();
      settle(value, Math.max(0, ...bases.map((base) => known(base)!)));
    }
    return known(root)!;
  };
  const settle = (value: Value, ready: number): void => {
    if (value.node!.op.kind !== "reduce") return void phaseOf.set(value, ready);
    (reductions[ready] ??= []).push(value);
    phaseOf.set(value, ready + 1);
  };

  const fullStores = new Map<number, Value[]>();
  for (const value of stores) {
    const phase = visit(value);
    if (group.places.get(value)!.level === "full")
      fullStores.set(phase, [...(fullStores.get(phase) ?? []), value]);
  }
  return { reductions, fullStores };
}
