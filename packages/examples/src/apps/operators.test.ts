import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import type ts from "typescript";
import * as weft from "weftjs";
import { inspect, jit, matmul, random, type Tensor, tensor, tree, valueAndGrad, zeros } from "weftjs";
import * as staging from "weftjs/staging";
import { transformSource } from "weftjs/transform";
import { expect, test } from "vitest";
import * as housing from "../models/housing.js";
import * as mlp from "../models/mnist-mlp.js";
import * as vae from "../models/mnist-vae.js";
import * as newton from "../models/newton.js";

const compiler = createRequire(import.meta.url)("typescript") as typeof ts;

/** A model of `apps/operators`: the same functions as those of the strict one, on the same tensors. */
function withOperators<M>(file: string): M {
  const path = fileURLToPath(new URL(`../../apps/operators/${file}`, import.meta.url));
  const { code } = transformSource(readFileSync(path, "utf8"), path)!;
  const compilerOptions = { module: compiler.ModuleKind.CommonJS, target: compiler.ScriptTarget.ES2023 };
  const { outputText } = compiler.transpileModule(code, { compilerOptions });
  const exports = {};
  new Function("exports", "require", outputText)(exports, (name: string) =>
    name === "weftjs/staging" ? staging : weft,
  );
  return exports as M; // The test compares what they give.
}

const images = random.uniform(random.key(1), [8, 784]);
const digits = random.randint(random.key(2), [8], 0, 10);
const houses = { x: random.normal(random.key(3), [32, 13]), y: random.normal(random.key(4), [32, 1]) };
const dear = houses.y.reshape([-1]).greater(0).astype("float32");

const models = [
  ["housing.ts", housing, "update", [housing.init(), houses.x, houses.y, 0.1]],
  ["mnist-mlp.ts", mlp, "update", [mlp.init(1), images, digits, 0.5]],
  ["newton.ts", newton, "loss", [newton.init().add(0.1), houses.x, dear]],
  ["newton.ts", newton, "update", [newton.init(), houses.x, dear, 1]],
  ["mnist-vae.ts", vae, "loss", [vae.init(16, 1), images, random.key(5)]],
] as const;

type Model = Readonly<Record<string, (...args: unknown[]) => unknown>>;

async function numbers(of: unknown): Promise<number[]> {
  const tensors = tree.flatten(of).leaves as Tensor[];
  return (await Promise.all(tensors.map((x) => x.data()))).flatMap((data) => Array.from(data));
}

test.each(models)(
  "%s gives with operators what %o gives with methods: %s",
  async (file, strict, name, args) => {
    const own = withOperators<Model>(file)[name]!;
    const [got, wanted] = await Promise.all(
      [own, (strict as unknown as Model)[name]!].map((f) => numbers(jit(f)(...args))),
    );
    expect(got).toHaveLength(wanted!.length);
    got!.forEach((value, k) => expect(value).toBeCloseTo(wanted![k]!, 4));
  },
);

test.each([models[0], models[1]])("%s takes as many dispatches", async (file, strict, name, args) => {
  const [own, other] = [withOperators<Model>(file)[name]!, (strict as unknown as Model)[name]!];
  const dispatches = async (f: (...args: unknown[]) => unknown): Promise<number> =>
    (await inspect(jit(f), ...args)).dispatches;
  expect(await dispatches(own)).toBe(await dispatches(other));
});

test("the autoencoder's loss has the gradient that it has with methods, in as many dispatches", async () => {
  const args = [vae.init(16, 1), images, random.key(5)] as const;
  const own = valueAndGrad(withOperators<typeof vae>("mnist-vae.ts").loss);
  const [got, wanted] = await Promise.all([own, valueAndGrad(vae.loss)].map((f) => numbers(jit(f)(...args))));
  got!.forEach((value, k) => expect(value).toBeCloseTo(wanted![k]!, 3));
  const [mine, theirs] = await Promise.all(
    [own, valueAndGrad(vae.loss)].map(async (f) => (await inspect(jit(f), ...args)).dispatches),
  );
  expect(mine).toBeLessThanOrEqual(theirs!);
});

test("conjugate gradients end where nothing is left, on the device", async () => {
  const { solve } = withOperators<typeof newton>("newton.ts");
  const a = tensor([
    [4, 1, 0],
    [1, 3, -1],
    [0, -1, 2],
  ]);
  const x = await jit(solve)(a, matmul(a, tensor([1, -2, 3]))).data();
  [1, -2, 3].forEach((value, i) => expect(x[i]!).toBeCloseTo(value, 4));
  expect([...(await jit(solve)(a, zeros([3])).data())]).toEqual([0, 0, 0]);
});
