import fc from "fast-check";
import { expect, test } from "vitest";
import {
  byteLength,
  DEFAULT_TARGET,
  optimize,
  type LoopDomain,
  loopOf,
  type MemoryPlan,
  planMemory,
  type Schedule,
  scheduleGraph,
  tensorOf,
  type Value,
} from "../index.js";
import { randomGraphs } from "../testing/index.js";

/** Fails where a slot is written while a value in it is still to be read, or is read and written in one dispatch. */
function checkPlan(schedule: Schedule): void {
  const plan = planMemory(schedule);
  const content = new Map<number, Value>();
  for (const param of schedule.graph.params)
    if (plan.slotOf.has(param)) content.set(plan.slotOf.get(param)!, param);
  checkSteps(schedule, plan, content, new Map());
  for (const result of schedule.graph.results) {
    if (result.size === 0) continue;
    expect(content.get(plan.slotOf.get(result)!)).toBe(schedule.aliases.get(result) ?? result);
  }
}

/** `outside`: what the constants of a loop's body are around it. */
function checkSteps(
  schedule: Schedule,
  plan: MemoryPlan,
  content: Map<number, Value>,
  outside: ReadonlyMap<Value, Value>,
): void {
  const { slots, slotOf } = plan;
  const tensors = (values: readonly Value[]): Value[] => [
    ...new Set(values.map((value) => tensorOf(value, schedule.homes))),
  ];
  for (const bundle of schedule.bundles) {
    const stores = tensors(bundle.kernels.flatMap((kernel) => kernel.stores));
    // What a kernel writes as well is one binding, in which parts do not overlap.
    const loads = tensors(bundle.kernels.flatMap((kernel) => kernel.loads)).filter(
      (value) => isInMemory(value) && !stores.includes(value),
    );
    const written = new Set(stores.map((value) => slotOf.get(value)!));
    expect(written.size).toBe(stores.length);
    for (const load of loads) {
      expect(content.get(slotOf.get(load)!)).toBe(outside.get(load) ?? load);
      expect(written.has(slotOf.get(load)!)).toBe(false);
    }
    const loop = loopOf(bundle);
    if (loop) checkIterations(loop, schedule, plan, content, outside);
    for (const store of stores) {
      const slot = slots[slotOf.get(store)!]!;
      expect(slot.kind).not.toBe("input");
      if (slot.kind === "output" || slot.kind === "temporary")
        expect(slot.bytes).toBeGreaterThanOrEqual(byteLength(store.type));
      content.set(slotOf.get(store)!, store);
    }
  }
}

/** Two iterations: what one leaves behind must not be in the way of the next. */
function checkIterations(
  loop: LoopDomain,
  { aliases }: Schedule,
  plan: MemoryPlan,
  content: Map<number, Value>,
  outside: ReadonlyMap<Value, Value>,
): void {
  const { body, node } = loop;
  const carried = plan.carriedBy.get(loop)!;
  const [, ...params] = body.graph.params;
  const constants = new Map(
    params.slice(carried.length).map((param, k) => {
      const operand = node.inputs[carried.length + k]!;
      const home = aliases.get(operand) ?? operand;
      return [param, outside.get(home) ?? home] as const;
    }),
  );
  for (let iteration = 0; iteration < 2; iteration++) {
    carried.forEach(({ reads, spare, into }, k) => {
      content.set(reads, params[k]!);
      for (const slot of [spare, into]) content.delete(slot);
    });
    checkSteps(body, plan, content, constants);
    const results = body.graph.results.filter(({ size }) => size > 0);
    for (const result of results) expect(content.get(plan.slotOf.get(result)!)).toBe(result);
  }
}

function isInMemory(value: Value): boolean {
  return value.passedAs === "buffer" && value.size > 0;
}

test("no plan lets a kernel overwrite what is still needed, or read and write one buffer", () => {
  const runs = Number(process.env.FUZZ_RUNS ?? 300);
  fc.assert(
    fc.property(
      randomGraphs({ size: 24 }),
      fc.boolean(),
      fc.constantFrom(8, 12, 16),
      (graph, fuse, bindings) => {
        const target = { ...DEFAULT_TARGET, kind: "software", maxStorageBuffers: bindings } as const;
        checkPlan(scheduleGraph(optimize(graph), target, { fuse }));
      },
    ),
    { numRuns: runs },
  );
});

test("no kernel binds more tensors than the adapter has bindings", () => {
  fc.assert(
    fc.property(randomGraphs({ size: 40 }), fc.constantFrom(8, 10), (graph, maxStorageBuffers) => {
      const { bundles } = scheduleGraph(
        optimize(graph),
        { ...DEFAULT_TARGET, maxStorageBuffers },
        { fuse: true },
      );
      for (const { kernels } of bundles) {
        const bound = new Set(kernels.flatMap(({ loads, stores }) => [...loads, ...stores]));
        expect(bound.size).toBeLessThan(maxStorageBuffers + 1);
      }
    }),
    { numRuns: Number(process.env.FUZZ_RUNS ?? 300) },
  );
});
