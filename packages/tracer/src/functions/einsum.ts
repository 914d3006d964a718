import { elementCount } from "@weftjs/ir";
import type { Tensor } from "../tensor.js";
import { parseEinsum } from "./einsum-formula.js";
import { diagonal, matmul } from "./linear-algebra.js";
import { sum } from "./reductions.js";
import { reshape, squeeze, transpose } from "./shape.js";

/** A tensor with a label for each axis. */
interface Labelled {
  readonly x: Tensor;
  readonly labels: readonly string[];
}

/**
 * Sums of products in Einstein's notation: `einsum("bij,bjk->bik", a, b)`. What is missing behind the arrow is summed over.
 * A letter twice in one operand is its diagonal: `einsum("ii->", a)` is the trace. `...` stands for all axes that have
 * no letter; they broadcast. Without an arrow the result has the `...`, then the letters that occur once, in the
 * alphabet's order, as in NumPy. Two operands meet in one (batched) matrix product, several from left to right.
 *
 * @throws W2110 for a formula that does not fit the operands.
 */
export function einsum(formula: string, ...operands: Tensor[]): Tensor {
  const { inputs, result } = parseEinsum(
    formula,
    operands.map(({ shape }) => shape),
  );
  const sizes = largest(operands, inputs);
  const labelled = operands.map((x, k) => stretchable(diagonals({ x, labels: inputs[k]! }), sizes));
  const product = labelled.reduce((left, right, k) => {
    const later = new Set([...result, ...labelled.slice(k + 1).flatMap(({ labels }) => labels)]);
    return contract(left, right, later);
  });
  return arrange(sumOut(product, new Set(result)), result);
}

/** Of each label: axes behind `...` may be 1 in one operand and more in another. */
function largest(
  operands: readonly Tensor[],
  inputs: readonly (readonly string[])[],
): ReadonlyMap<string, number> {
  const sizes = new Map<string, number>();
  for (const [k, labels] of inputs.entries()) {
    for (const [axis, label] of labels.entries()) {
      const size = operands[k]!.shape[axis]!;
      if ((sizes.get(label) ?? 1) === 1) sizes.set(label, size);
    }
  }
  return sizes;
}

/** Without the axes of size 1 that others stretch: what has no axis there is the same all along it. */
function stretchable({ x, labels }: Labelled, sizes: ReadonlyMap<string, number>): Labelled {
  const axes = [...labels.keys()].filter((k) => x.shape[k] === 1 && sizes.get(labels[k]!) !== 1);
  if (axes.length === 0) return { x, labels };
  return { x: squeeze(x, axes), labels: labels.filter((_, k) => !axes.includes(k)) };
}

/** With each label once: of two axes with the same, the diagonal. */
function diagonals({ x, labels }: Labelled): Labelled {
  const again = labels.findIndex((label, k) => labels.indexOf(label) < k);
  if (again < 0) return { x, labels };
  const first = labels.indexOf(labels[again]!);
  const others = [...labels.keys()].filter((k) => k !== first && k !== again);
  const made = diagonal(transpose(x, [first, again, ...others]));
  return diagonals({ x: made, labels: [...others.map((k) => labels[k]!), labels[first]!] });
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
