import { expect, test } from "vitest";
import { nextTurn } from "./environment.js";
import { collectInNode } from "./node/collect-garbage.js";
import { type Claim, Reclamation } from "./reclamation.js";

const collect = collectInNode();

/** Collects, and lets finalizers run. */
async function collected(): Promise<void> {
  await nextTurn();
  collect(0);
  await nextTurn();
  await nextTurn();
}

/** Content with a reference for each owner. */
function counted(references: number): { references: number; release(): void } {
  return {
    references,
    release() {
      this.references--;
    },
  };
}

test("an owner that is collected gives its reference back, once", async () => {
  const reclamation = new Reclamation();
  const content = counted(1);
  reclamation.track({}, content);
  expect(reclamation.tracked).toBe(1);
  await collected();
  await collected();
  expect(content.references).toBe(0);
  expect(reclamation.tracked).toBe(0);
});

test("a reference that was taken or released is not given back again when its owner is collected", async () => {
  const reclamation = new Reclamation();
  const content = counted(3);
  const early = [reclamation.track({}, content), reclamation.track({}, content)] as const;
  expect(early[0].take()).toBe(true);
  expect(early[0].take()).toBe(false);
  early[0].release();
  expect(content.references).toBe(3);
  early[1].release();
  early[1].release();
  expect(content.references).toBe(2);
  await collected();
  expect(content.references).toBe(2);
  expect(reclamation.tracked).toBe(0);
});

test("of two owners of one content, each keeps its own reference for as long as it lives", async () => {
  const reclamation = new Reclamation();
  const content = counted(2);
  const disposed: { claim?: Claim } = {};
  disposed.claim = reclamation.track(disposed, content);
  reclamation.track({}, content);
  disposed.claim.release(); // Lives on, with nothing.
  await collected();
  expect(content.references).toBe(0);
  expect(disposed.claim.take()).toBe(false);
});
