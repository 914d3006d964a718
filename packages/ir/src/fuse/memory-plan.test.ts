import fc from "fast-check";
import { expect, test } from "vitest";
import {
  byteLength,
  DEFAULT_TARGET,
  optimize,
  planMemory,
  type Schedule,
  scheduleGraph,
  tensorOf,
  type Value,
} from "../index.js";
import { randomGraphs } from "../testing/index.js";

/** Fails where a slot is written while a value in it is still to be read, or is read and written in one dispatch. */
function checkPlan(schedule: Schedule): void {
  const { slots, slotOf } = planMemory(schedule);
  const content = new Map<number, Value>();
  const tensors = (values: readonly Value[]): Value[] => [
    ...new Set(values.map((value) => tensorOf(value, schedule.homes))),
  ];
  for (const param of schedule.graph.params) if (slotOf.has(param)) content.set(slotOf.get(param)!, param);
  for (const { kernels } of schedule.bundles) {
    const stores = tensors(kernels.flatMap((kernel) => kernel.stores));
    // What a kernel writes as well is one binding, in which parts do not overlap.
    const loads = tensors(kernels.flatMap((kernel) => kernel.loads)).filter(
      (value) => value.passedAs === "buffer" && !stores.includes(value),
    );
    const written = new Set(stores.map((value) => slotOf.get(value)!));
    expect(written.size).toBe(stores.length);
    for (const load of loads) {
      expect(content.get(slotOf.get(load)!)).toBe(load);
      expect(written.has(slotOf.get(load)!)).toBe(false);
    }
    for (const store of stores) {
      const slot = slots[slotOf.get(store)!]!;
      expect(slot.kind).not.toBe("input");
      if (slot.kind !== "input") expect(slot.bytes).toBeGreaterThanOrEqual(byteLength(store.type));
      content.set(slotOf.get(store)!, store);
    }
  }
  for (const result of schedule.graph.results) {
    if (result.size === 0) continue;
    expect(content.get(slotOf.get(result)!)).toBe(schedule.aliases.get(result) ?? result);
  }
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
