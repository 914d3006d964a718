import { add, multiply } from "../functions/arithmetic.js";
import { lessEqual, where } from "../functions/compare.js";
import { arange, full } from "../functions/creation.js";
import { concat, split } from "../functions/joining.js";
import { broadcastTo, reshape } from "../functions/shape.js";
import { Tensor } from "../tensor.js";
import { otherParameters, Packed } from "./packed.js";
import { filled, type GradientTransform, type OptimizerState } from "./transform.js";

/** What a stage does to each element of the parameters. */
export interface ElementRule {
  /** What each of the numbers that it keeps of an element starts from. */
  readonly initial: readonly number[];
  /** Which of those numbers, once new, is the update; absent where the update is none of them. */
  readonly gives?: number;
  next(update: Tensor, kept: readonly Tensor[]): ElementStep;
}
interface ElementStep {
  readonly update: Tensor;
  readonly kept: readonly Tensor[];
}

/**
 * A stage that keeps numbers of each element. Where one vector holds all parameters, they are rows of one table, with the
 * update as a row of its own: one kernel writes it from all gradients, and those that change the parameters bind nothing
 * but it. Of a large parameter they stay apart, and one kernel changes it with all that belongs to it.
 */
export function perElement(rule: ElementRule): GradientTransform {
  return {
    init(like) {
      if (!isOneVector(like)) return rule.initial.map((value) => filled(like, value));
      const rows = rule.gives === undefined ? [...rule.initial, 0] : rule.initial;
      return concat(rows.map((value) => full([1, like.vectors[0]!.size], value)));
    },
    update(updates, state) {
      return state instanceof Tensor ? inTable(rule, updates, state) : apart(rule, updates, state);
    },
  };
}

/** `a·x + b·y`. */
export function average(a: number, x: Tensor, b: number, y: Tensor): Tensor {
  return add(multiply(x, a), multiply(y, b));
}

/** Several parameters, none large and all float32. */
export function isOneVector({ layout, vectors }: Packed): boolean {
  const [only, ...others] = layout.vectors;
  return only !== undefined && only.length > 1 && others.length === 0 && vectors[0]!.dtype === "float32";
}

function apart({ next }: ElementRule, updates: Packed, state: OptimizerState): [Packed, OptimizerState] {
  const { layout } = updates;
  const kept = (state as readonly OptimizerState[]).map((vectors) =>
    Packed.ofVectors(layout, vectors as readonly Tensor[]),
  ); // what init made
  const steps = updates.vectors.map((x, k) =>
    next(
      x,
      kept.map(({ vectors }) => vectors[k]!),
    ),
  );
  const made = Packed.ofVectors(
    layout,
    steps.map(({ update }) => update),
  );
  return [made, kept.map((_, n) => steps.map((step) => step.kept[n]!))];
}

function inTable(
  { initial, gives, next }: ElementRule,
  updates: Packed,
  table: Tensor,
): [Packed, OptimizerState] {
  const [vector] = updates.vectors;
  const count = gives === undefined ? initial.length + 1 : initial.length;
  if (!vector || updates.vectors.length > 1 || String(table.shape) !== String([count, vector.size])) {
    throw otherParameters();
  }
  // All in the shape of the table, so that one kernel computes all: at each element every row, of which it takes one.
  const whole = (row: Tensor): Tensor => broadcastTo(row, table.shape);
  const before = split(table, count).slice(0, initial.length);
  const { update, kept } = next(whole(vector), before.map(whole));
  const after = rowsOf(gives === undefined ? [...kept, update] : kept);
  const row = split(after, count)[gives ?? initial.length]!;
  return [Packed.ofVectors(updates.layout, [reshape(row, [-1])]), after];
}

/** A table that has in row k what the k-th has there. */
function rowsOf(rows: readonly Tensor[]): Tensor {
  const index = reshape(arange(rows.length), [rows.length, 1]);
  return rows.reduceRight((below, row, k) => where(lessEqual(index, k), row, below));
}
