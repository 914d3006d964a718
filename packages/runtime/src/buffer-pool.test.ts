import fc from "fast-check";
import { afterAll, expect, test } from "vitest";
import { sizeClass } from "./size-class.js";
import type { Storage } from "./storage.js";
import {
  addProgram,
  affineProgram,
  call,
  readFloats,
  sharingProgram,
  testRuntime,
} from "./testing/programs.js";

const runtime = testRuntime();
afterAll(() => runtime.destroy());

test("a size class wastes at most a quarter of the request and is aligned", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 2 ** 40 }), (bytes) => {
      const size = sizeClass(bytes, 2 ** 42);
      expect(size).toBeGreaterThanOrEqual(bytes);
      expect(size % 4).toBe(0);
      if (bytes > 256) expect(size).toBeLessThanOrEqual(Math.ceil(bytes * 1.25));
      expect(sizeClass(size, 2 ** 42)).toBe(size);
      expect(sizeClass(bytes, bytes)).toBeLessThanOrEqual(Math.max(256, bytes + 3));
    }),
  );
});

/** A storage and what it must contain. */
interface Known {
  readonly storage: Storage;
  readonly values: readonly number[];
  /** Storages with the same number may share a buffer. */
  readonly content: number;
}

const length = fc.constantFrom(1, 3, 64, 65, 100);
const action = fc.oneof(
  fc.record({ kind: fc.constant("upload" as const), length, value: fc.integer({ min: -9, max: 9 }) }),
  fc.record({ kind: fc.constantFrom("affine" as const, "sharing" as const, "add" as const), pick: fc.nat() }),
  fc.record({ kind: fc.constantFrom("release" as const, "read" as const), pick: fc.nat() }),
  fc.record({ kind: fc.constant("turn" as const) }),
);

test("no two live storages share a buffer that should not, and every value is right", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(action, { maxLength: 60 }), async (actions) => {
      const live: Known[] = [];
      let contents = 0;
      const reads: Promise<void>[] = [];
      const add = (storage: Storage, values: readonly number[], content = contents++): void =>
        void live.push({ storage, values, content });
      for (const step of actions) {
        if (step.kind === "upload") {
          const values = Array<number>(step.length).fill(step.value);
          add(runtime.upload(new Float32Array(values)), values);
          continue;
        }
        if (step.kind === "turn") {
          await new Promise((resolve) => setImmediate(resolve));
          checkSharing(live);
          continue;
        }
        const known = live[step.pick % live.length];
        if (!known) continue;
        const { storage, values, content } = known;
        if (step.kind === "release") live.splice(live.indexOf(known), 1)[0]!.storage.release();
        else if (step.kind === "read") {
          reads.push(readFloats(runtime, storage).then((got) => expect(got).toEqual(values)));
        } else if (step.kind === "affine") {
          const [y] = call(runtime, affineProgram(values.length, -1, 2), [storage]);
          add(
            y!,
            values.map((v) => 2 - v),
          );
        } else if (step.kind === "add") {
          const [y] = call(runtime, addProgram(values.length), [storage, storage]);
          add(
            y!,
            values.map((v) => v + v),
          );
        } else {
          const [y, again, same] = call(runtime, sharingProgram(values.length), [storage]);
          const doubled = values.map((v) => (v + 1) * 2);
          add(y!, doubled);
          add(again!, doubled, contents - 1);
          add(same!, values, content);
        }
      }
      await Promise.all(reads);
      await Promise.all(
        live.map(async (k) => expect(await readFloats(runtime, k.storage)).toEqual(k.values)),
      );
      checkSharing(live);
      for (const { storage } of live) storage.release();
      expect(runtime.stats().liveBytes).toBe(0);
    }),
    { numRuns: 60 },
  );
});

function checkSharing(live: readonly Known[]): void {
  const owners = new Map<number, number>();
  for (const { storage, content } of live) {
    if (!storage.buffer) continue;
    expect(owners.get(storage.buffer.id) ?? content).toBe(content);
    expect(storage.buffer.isIdle).toBe(false);
    owners.set(storage.buffer.id, content);
  }
}
