import { asValue } from "../builder.js";
import type { Value } from "../graph.js";
import { concat, slice, transpose } from "../ops/movement.js";
import { constant } from "../ops/source.js";
import { matchOp } from "../passes/match-op.js";
import { reshaped } from "../passes/movements.js";
import { elementCount, type Shape, type ValueLike } from "../types.js";
import { linearIndex, positionOf, symbol } from "./index-expr.js";
import { movementSources } from "./reads.js";

/** Matrices side by side: as they lie in memory already, transposed as a whole, or copied. */
export function sideBySide(parts: readonly Value[], axis: 0 | 1): ValueLike {
  if (parts.some((part) => matchOp(part, transpose)) && parts.every(isTurned)) {
    return transpose(sideBySide(parts.map(turned), axis === 0 ? 1 : 0), { perm: [1, 0] });
  }
  const range = axis === 0 ? commonRange(parts) : undefined;
  if (!range) return concat(parts, { axis });
  const rows = parts.reduce((sum, { shape }) => sum + shape[0]!, 0);
  return rangeAs(range, [rows, parts[0]!.shape[1]!]);
}

function isTurned(matrix: Value): boolean {
  return matchOp(matrix, transpose) !== undefined || matchOp(matrix, constant) !== undefined;
}

/** The matrix that a transpose, or a constant, is the transpose of. */
function turned(matrix: Value): Value {
  const uniform = matchOp(matrix, constant);
  if (!uniform) return matrix.node!.inputs[0]!;
  return asValue(constant({ ...uniform.attrs, shape: [...matrix.shape].reverse() }));
}

/** Elements of a tensor that follow each other. */
interface Range {
  readonly base: Value;
  readonly start: number;
}

/** Where the parts follow each other in one tensor, if they do. */
export function commonRange(parts: readonly Value[]): Range | undefined {
  const ranges = parts.map(rangeOf);
  const [first] = ranges;
  let next = first?.start;
  for (const [k, range] of ranges.entries()) {
    if (!range || range.base !== first!.base || range.start !== next) return undefined;
    next += parts[k]!.size;
  }
  return first;
}

/** The tensor of which a value is an unbroken run of elements, and where that starts. */
export function rangeOf(value: Value): Range | undefined {
  const element = symbol("g", value.size);
  let base = value;
  let at = positionOf(element, value.shape);
  while (base.node?.op.kind === "movement") {
    const [source, ...others] = movementSources(base, at);
    if (!source || others.length > 0 || source.when!.length > 0) break;
    [base, at] = [base.node.inputs[source.operand]!, source.at];
  }
  const linear = linearIndex(at, base.shape);
  const isRun = linear.high - linear.low === value.size - 1 && linear.terms.length === element.terms.length;
  return isRun && linear.terms.every(({ factor }) => factor === 1) ? { base, start: linear.low } : undefined;
}

/** A range as a tensor of this shape. */
export function rangeAs({ base, start }: Range, shape: Shape): ValueLike {
  const size = elementCount(shape);
  if (size === base.size) return reshaped(base, shape);
  const flat = reshaped(base, [base.size]);
  return reshaped(slice(flat, { starts: [start], sizes: [size], strides: [1] }), shape);
}
