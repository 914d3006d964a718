import { elementCount } from "@weftjs/ir";
import type { Tensor } from "../tensor.js";
import { userError } from "../trace/user-error.js";
import { matmul } from "./linear-algebra.js";
import { sum } from "./reductions.js";
import { reshape, transpose } from "./shape.js";

/** A tensor with a letter for each axis. */
interface Labelled {
  readonly x: Tensor;
  readonly labels: readonly string[];
}

/**
 * Sums of products in Einstein's notation: `einsum("bij,bjk->bik", a, b)`. Letters that are missing behind the arrow
 * are summed over. Two operands meet in one (batched) matrix product, several from left to right.
 *
 * @throws W2110 for letters that do not fit the operands, or one letter twice in an operand.
 */
export function einsum(formula: string, ...operands: Tensor[]): Tensor {
  const [left = "", right] = formula.replaceAll(" ", "").split("->");
  const inputs = left.split(",");
  if (right === undefined || inputs.length !== operands.length) throw misfit(formula, operands);
  const labelled = operands.map((x, k): Labelled => ({ x, labels: [...inputs[k]!] }));
  checkLetters(formula, labelled, [...right]);

  const result = labelled.reduce((product, next, k) => {
    const later = new Set([...right, ...labelled.slice(k + 1).flatMap(({ labels }) => labels)]);
    return contract(product, next, later);
  });
  return arrange(sumOut(result, new Set(right)), [...right]);
}

/** The product of two, summed over the letters that nobody asks for any more. */
function contract(left: Labelled, right: Labelled, wanted: ReadonlySet<string>): Labelled {
  const a = sumOut(left, new Set([...wanted, ...right.labels]));
  const b = sumOut(right, new Set([...wanted, ...a.labels]));
  const shared = a.labels.filter((label) => b.labels.includes(label));
  const batch = shared.filter((label) => wanted.has(label));
  const inner = shared.filter((label) => !wanted.has(label));
  const rows = a.labels.filter((label) => !shared.includes(label));
  const columns = b.labels.filter((label) => !shared.includes(label));
  const matrices = matmul(grouped(a, [batch, rows, inner]), grouped(b, [batch, inner, columns]));
  const labels = [...batch, ...rows, ...columns];
  const sizeOf = (label: string): number => sizeIn(a, label) ?? sizeIn(b, label)!;
  return { x: reshape(matrices, labels.map(sizeOf)), labels };
}

/** The axes in the order of the groups, each group as one axis. */
function grouped(operand: Labelled, groups: readonly (readonly string[])[]): Tensor {
  const sizes = groups.map((group) => elementCount(group.map((label) => sizeIn(operand, label)!)));
  return reshape(arrange(operand, groups.flat()), sizes);
}

function arrange({ x, labels }: Labelled, order: readonly string[]): Tensor {
  const perm = order.map((label) => labels.indexOf(label));
  return perm.every((axis, k) => axis === k) ? x : transpose(x, perm);
}

function sumOut({ x, labels }: Labelled, wanted: ReadonlySet<string>): Labelled {
  const axis = [...labels.keys()].filter((k) => !wanted.has(labels[k]!));
  if (axis.length === 0) return { x, labels };
  return { x: sum(x, { axis }), labels: labels.filter((label) => wanted.has(label)) };
}

function sizeIn({ x, labels }: Labelled, label: string): number | undefined {
  return x.shape[labels.indexOf(label)];
}

function checkLetters(formula: string, operands: readonly Labelled[], result: readonly string[]): void {
  const sizes = new Map<string, number>();
  const fits = operands.every(
    ({ x, labels }) =>
      labels.length === x.ndim &&
      new Set(labels).size === labels.length &&
      labels.every((label, axis) => {
        const size = sizes.get(label) ?? x.shape[axis]!;
        sizes.set(label, size);
        return /[A-Za-z]/.test(label) && size === x.shape[axis];
      }),
  );
  const isDistinct = new Set(result).size === result.length && result.every((label) => sizes.has(label));
  if (!fits || !isDistinct)
    throw misfit(
      formula,
      operands.map(({ x }) => x),
    );
}

function misfit(formula: string, operands: readonly Tensor[]): Error {
  return userError({
    code: "W2110",
    message: `einsum "${formula}" does not fit ${operands.map((x) => `[${x.shape.join(",")}]`).join(" and ")}`,
    hint: 'one letter an axis, none twice in an operand, equal letters for equal sizes: "ij,jk->ik"',
  });
}
