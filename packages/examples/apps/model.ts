import { jit, grad, matmul, relu, abs, type Tensor } from "weftjs/math";

export const predict = (w: Tensor[], x: Tensor) => {
  for (let i = 0; i < w.length - 2; i += 2) x = relu(matmul(w[i], x) + w[i + 1]);
  return matmul(w.at(-2)!, x) + w.at(-1)!;
};
const loss = (w: Tensor[], x: Tensor, y: Tensor) => ((predict(w, x) - y) ** 2).mean();
export const step = jit((w: Tensor[], x: Tensor, y: Tensor, lr: number) => {
  const g = grad(loss)(w, x, y);
  return w.map((wi, i) => wi - lr * g[i]);
});
export function newton(x: Tensor, tol = 1e-6) {
  let err: Tensor = 1;
  while (err > tol) {
    const next = x - (x * x - 2) / (2 * x);
    err = abs(next - x);
    x = next;
  }
  return x;
}
