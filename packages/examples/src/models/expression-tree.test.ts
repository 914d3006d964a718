import { expect, test } from "vitest";
import { LossLog } from "../training/loss-log.js";
import { evaluate, type Expression, format, randomExpressions, shapeOf } from "../trees/expression.js";
import { defaults } from "./defaults.js";
import * as tree from "./expression-tree.js";

const [AND, OR, XOR] = [0, 1, 2];
const gate = (gate: number, left: Expression, right: Expression): Expression => ({ gate, left, right });

test("expressions have a value, a text and a shape", () => {
  const expression = gate(XOR!, gate(AND!, true, false), gate(OR!, true, false));
  expect(evaluate(expression)).toBe(true);
  expect(format(expression)).toBe("((1 and 0) xor (1 or 0))");
  expect(shapeOf(expression)).toBe("((..)(..))");
  expect(evaluate(gate(XOR!, true, true))).toBe(false);
});

test("one seed gives one list of expressions, of 1 to 3 gates in all 8 shapes", () => {
  const list = randomExpressions(300, 3, 5);
  expect(list).toEqual(randomExpressions(300, 3, 5));
  expect(new Set(list.map(shapeOf)).size).toBe(1 + 2 + 5);
  expect(list.some(evaluate) && !list.every(evaluate)).toBe(true);
});

test("the step is traced once a shape and replayed for every other expression of it", async () => {
  const train = randomExpressions(250, 2, 1);
  const log = new LossLog();
  const { traces, replays } = await tree.train(
    { train, test: randomExpressions(60, 2, 2) },
    { ...defaults.tree, epochs: 2 },
    log,
  );
  await log.finish();
  const shapes = new Set(train.map(shapeOf)).size;
  expect(shapes).toBe(3);
  expect(traces).toBe(shapes);
  expect(replays).toBe(2 * train.length - shapes);
  expect(log.heldOut[1]!.accuracy).toBeGreaterThan(0.8);
});
