import { expect, test } from "vitest";
import { tensor } from "@weftjs/tracer";
import { minibatch, type MinibatchOptions } from "./minibatch.js";

const x = { data: Float32Array.from({ length: 10 }, (_, i) => i), shape: [5, 2] };
const y = { data: Int32Array.from({ length: 5 }, (_, i) => i), shape: [5] };

async function batches(options: MinibatchOptions): Promise<unknown[]> {
  const values = [...minibatch({ x, y }, options)].map(async (batch) => [
    await batch.x.toArray(),
    await batch.y.toArray(),
  ]);
  return Promise.all(values);
}

test("batches take the rows in order and leave out what fills no batch", async () => {
  expect(await batches({ size: 2 })).toEqual([
    [
      [
        [0, 1],
        [2, 3],
      ],
      [0, 1],
    ],
    [
      [
        [4, 5],
        [6, 7],
      ],
      [2, 3],
    ],
  ]);
});

test("a partial batch comes last where it is asked for", async () => {
  expect((await batches({ size: 2, partial: true })).at(-1)).toEqual([[[8, 9]], [4]]);
});

test("shuffled batches keep rows together, and one seed gives one order", async () => {
  const shuffled = (await batches({ size: 5, shuffle: true, seed: 4 }))[0] as [number[][], number[]];
  const [rows, labels] = shuffled;
  expect(rows.map(([first]) => first! / 2)).toEqual(labels);
  expect(labels.toSorted()).toEqual([0, 1, 2, 3, 4]);
  expect(await batches({ size: 5, shuffle: true, seed: 4 })).toEqual([shuffled]);
});

test.each([0, 6, 1.5, Number.NaN])("a batch size of %s is refused with W5004", (size) => {
  expect(() => [...minibatch({ x, y }, { size })]).toThrow(expect.objectContaining({ code: "W5004" }));
});

test("arrays with different first sizes are refused with W5004", () => {
  const short = { data: new Int32Array(4), shape: [4] };
  expect(() => [...minibatch({ x, y: short }, { size: 2 })]).toThrow(
    expect.objectContaining({ code: "W5004" }),
  );
});

test("tensors are cut on the device, into the same batches", async () => {
  const tensors = { x: tensor(x.data, { shape: x.shape }), y: tensor(y.data) };
  for (const shuffle of [false, true]) {
    const [first] = minibatch(tensors, { size: 3, shuffle, seed: 2 });
    const [same] = minibatch({ x, y }, { size: 3, shuffle, seed: 2 });
    expect(await first!.x.toArray()).toEqual(await same!.x.toArray());
    expect(await first!.y.toArray()).toEqual(await same!.y.toArray());
  }
});
