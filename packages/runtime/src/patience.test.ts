import { setTimeout as after } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { Patience } from "./patience.js";

/** Turns of the event loop until `answer` is there. */
async function turnsUntil(answer: Promise<unknown>): Promise<number> {
  let turns = 0;
  let isThere = false;
  void answer.then(() => (isThere = true));
  while (!isThere) {
    await new Promise((resolve) => setImmediate(resolve));
    turns++;
  }
  return turns;
}

describe("waiting", () => {
  test("for a software adapter takes few turns of the event loop", async () => {
    const spinning = await turnsUntil(new Patience(false).wait(after(200)));
    const patient = await turnsUntil(new Patience(true).wait(after(200)));
    expect(patient).toBeLessThan(spinning / 4);
  });

  test("gives back what is waited for, and ends with it", async () => {
    const patience = new Patience(true);
    await expect(patience.wait(after(5, "answer"))).resolves.toBe("answer");
    await expect(patience.wait(Promise.reject(new Error("lost")))).rejects.toThrow("lost");
    const idle = await turnsUntil(after(50));
    expect(idle).toBeGreaterThan(await turnsUntil(patience.wait(after(50))));
  });
});
