import { expect, test } from "vitest";
import { faultsOf } from "./fixtures/type-program.js";

/** The modules of one program, so that the library is read once. */
const HEADER = `import * as w from "weftjs/math";
import type { Tensor } from "weftjs/math";
declare const x: Tensor, y: Tensor, list: Tensor[], lr: number;
`;

const LINES_BEFORE = HEADER.split("\n").length - 1;

test("the model of the documentation type-checks as it is written", () => {
  const model = `
import { jit, grad, matmul, relu, abs, type Tensor } from "weftjs/math";

const predict = (w: Tensor[], x: Tensor) => {
  for (let i = 0; i < w.length - 2; i += 2) x = relu(matmul(w[i], x) + w[i + 1]);
  return matmul(w.at(-2)!, x) + w.at(-1)!;
};
const loss = (w: Tensor[], x: Tensor, y: Tensor) => ((predict(w, x) - y) ** 2).mean();
const step = jit((w: Tensor[], x: Tensor, y: Tensor, lr: number) => {
  const g = grad(loss)(w, x, y);
  return w.map((wi, i) => wi - lr * g[i]);
});
function newton(x: Tensor, tol = 1e-6) {
  let err: Tensor = 1;
  while (err > tol) { const next = x - (x * x - 2) / (2 * x); err = abs(next - x); x = next; }
  return x;
}
export { step, newton };
`;
  expect(faultsOf(model, { noUncheckedIndexedAccess: false })).toEqual([]);
});

const LEGAL = [
  "export const a1: Tensor = x * y + 1 - -x / 2 % y;",
  "export const a2: Tensor = (x - y) ** 2;",
  "export const a3: boolean = x < y || x >= 1;",
  "export let a4: Tensor = 1; a4 -= lr * x; a4 *= 2; a4++;",
  "export const a5: Tensor = (x + 1).mean().sum({ axis: 0 }).reshape([1, 2]);",
  "export const a6: readonly number[] = (x * 2).shape;",
  "export const a7: Tensor | undefined = (x * 2)[0];",
  "export const a8: Promise<number> = (x * y).item();",
  "export const a9: Tensor[] = list.map((one, i) => one - lr * list.at(-1)! * i);",
  "export const b1: Tensor = x > 0 ? x : -x;",
  "export const b2: Tensor = w.where(x > 0, x, 0);",
  "export const b3: Tensor = w.relu(w.matmul(x, y) + 1);",
  "export const b4 = w.grad((p: { a: Tensor; b: Tensor[] }) => (p.a * p.b[0]!).sum())({ a: x, b: list }); export const b5: Tensor = b4.b[0]! * b4.a;",
  "export const b6: Tensor = w.grad((p: number) => p * p)(3) * 2;",
  "export const [v1, g1] = w.valueAndGrad((p: Tensor, q: Tensor) => (p * q).sum(), [0, 1])(x, y); export const v2: Tensor = v1 + g1[0] + g1[1];",
  "export const o1 = w.adam(1e-3); export const [o2, o3] = o1.update(list, o1.init(list), list); export const o4: Tensor = o2[0]! + 1; void o3;",
  "export const c1: Tensor = w.random.normal(w.random.key(0), [2, 3]) * 0.1;",
  "export const c2: Tensor = w.jit((p: Tensor) => p * 2)(x) + 1;",
  "export const c3: Tensor[] = w.tree.map((p: Tensor, g: Tensor) => p - lr * g, list, list);",
  "export const c4: Tensor = x.at(0, [1, null]).set(y) + 1;",
  "export const c5: Tensor = w.jvp((p: Tensor) => p * p, [x], [1])[1] * 2;",
  "export const c6: Tensor = w.hessian((p: Tensor) => p * p)(x) * 2;",
  "export const c7: Tensor = w.vjp((p: Tensor) => p * 2, x)[1](y)[0] * 3;",
  "export const c8: Tensor = w.vmap((p: Tensor) => p * 2)(x) * 3;",
  "export async function c9() { for (const { a } of w.minibatch({ a: x }, { size: 2 })) { const z: Tensor = a * 2; void z; } const n: number = await x.item(); return n; }",
  "export const d1: Tensor = w.batchNorm(x, null, y, { training: true }).mean * 2;",
  "export const d2: Promise<Tensor> = w.load('a.npz').then((all) => all.w! * 2);",
  "export const d3 = w.defineOp({ kind: 'pointwise', name: 'own', operands: ['p'], accepts: ['float32'], scalar: ({ p }, s) => s.mul(p, p), vjp: null }); export const d4: Tensor = d3(x * 2) + 1;",
  "export const d5: Tensor = Math.exp(x) * Math.PI;",
  "export function d6() { using t = w.zeros([2]); return t + 1; }",
  "export const d7: string = x.dtype; export const d8: number = x.ndim + x.size;",
];

test.each(LEGAL.map((line, k) => [line, k] as const))("%s", (_, k) => {
  expect(legalFaults().filter((fault) => fault.startsWith(`${k + 1 + LINES_BEFORE}:`))).toEqual([]);
});

const ILLEGAL = [
  ["w.zeros('2');", "TS2345"],
  ["x.mena();", "TS2339"],
  ["x.reshape(2);", "TS2345"],
  ["x * 'a';", "TS2363"],
  ["x.sum({ axes: 0 });", "TS2353"],
  ["w.matmul(x);", "TS2554"],
  ["const n: string = x;", "TS2322"],
  ["x - list;", "TS2363"],
  ["for (const row of x) void row;", "TS2488"],
  ["x * x.item();", "TS2363"],
  ["w.grad((p: Tensor) => p)('a');", "TS2345"],
  ["w.adam('fast');", "TS2345"],
] as const;

test.each(ILLEGAL.map(([line, code], k) => [line, code, k] as const))(
  "%s is refused with %s",
  (_, code, k) => {
    const faults = illegalFaults().filter((fault) => fault.startsWith(`${k + 1 + LINES_BEFORE}:`));
    expect(faults).toHaveLength(1);
    expect(faults[0]).toContain(`${code} `);
  },
);

let legal: string[] | undefined;
let illegal: string[] | undefined;

function legalFaults(): readonly string[] {
  return (legal ??= faultsOf(HEADER + LEGAL.join("\n")));
}

function illegalFaults(): readonly string[] {
  return (illegal ??= faultsOf(HEADER + ILLEGAL.map(([line]) => `{ ${line} }`).join("\n")));
}
