import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { beforeAll, expect, test } from "vitest";
import { init, jit, random, tensor, type Tensor } from "./index.js";

beforeAll(() => init({ device: "cpu" }));

test("the entries of a tensor are plain tensors: adding to one adds to the entry, not to the whole", async () => {
  const sum = (x: Tensor): Tensor => {
    const [a, b] = x;
    return a!.add(b!);
  };
  const x = tensor([
    [1, 2],
    [3, 4],
  ]);
  expect(await sum(x).toArray()).toEqual([4, 6]);
  expect(await jit(sum)(x).toArray()).toEqual([4, 6]);
});

test("a key taken from a split holds nothing of the call that made it", async () => {
  setFlagsFromString("--expose-gc");
  const collectGarbage = runInNewContext("gc") as () => void; // what the flag puts into a new context
  const step = jit((key: Tensor, x: Tensor): [Tensor, Tensor] => {
    const [own, next] = random.split(key);
    return [next!, random.uniform(own!).add(x)];
  });
  let key = random.key(1);
  const inputs: WeakRef<Tensor>[] = [];
  for (let i = 0; i < 20; i++) {
    const x = tensor(i);
    inputs.push(new WeakRef(x));
    const [next, value] = step(key, x);
    key = next;
    await value.item();
  }
  await new Promise((resolve) => setImmediate(resolve)); // a weak reference holds its target until the turn ends
  collectGarbage();
  expect(inputs.filter((x) => x.deref()).length).toBeLessThan(3);
});
