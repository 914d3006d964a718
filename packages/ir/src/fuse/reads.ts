import type { Value } from "../graph.js";
import type { MovementSource } from "../index-ops.js";
import type { MovementOp } from "../op.js";
import { type Shape, stridesOf } from "../types.js";
import {
  addIndex,
  constantIndex,
  elementsOf,
  type Index,
  linearIndex,
  type Position,
  positionOf,
  symbol,
  symbolicIndexOps,
  withinIndex,
} from "./index-expr.js";

/** An element of a value that is not itself moved from elsewhere. */
export interface Read {
  readonly value: Value;
  readonly at: Position;
}

/** The sources of a movement's element, without those whose conditions can never hold. */
export function movementSources(value: Value, at: Position): readonly MovementSource<Index>[] {
  const { op, attrs, inputs } = value.node!;
  const types = inputs.map((input) => input.type);
  const sources = (op as MovementOp).sources(at, attrs, symbolicIndexOps(inputs), types, value.type);
  return sources
    .filter(
      (source) => !source.when?.some(({ value, from, below }) => value.high < from || value.low >= below),
    )
    .map((source) => ({
      ...source,
      at: source.at.map((index, axis) => withinIndex(index, inputs[source.operand]!.shape[axis]!)),
      when: source.when?.filter((range) => !alwaysHolds(range)) ?? [],
    }));
}

function alwaysHolds({ value, from, below }: { value: Index; from: number; below: number }): boolean {
  return value.low >= from && value.high < below;
}

/** Everything an element is made of, looking through movement; sources cost nothing and are left out. */
export function readsOf(value: Value, at: Position): Read[] {
  const node = value.node;
  if (!node) return [{ value, at }];
  if (node.op.kind === "source") return [];
  if (node.op.kind !== "movement") return [{ value, at }];
  return movementSources(value, at).flatMap((source) => {
    const positions = [...source.at, ...source.when!.map((range) => range.value)];
    // What tells where an element lies is read too.
    const indices = positions.flatMap(elementsOf).flatMap((element) => readsOf(element.value, element.at));
    return [...readsOf(node.inputs[source.operand]!, source.at), ...indices];
  });
}

/** The value whose elements these are, all of them and in the same order: what a reshape changes nothing of. */
export function baseInOrder(value: Value): Value | undefined {
  const linear = symbol("g", value.size);
  const [read, ...others] = readsOf(value, positionOf(linear, value.shape));
  if (!read || others.length > 0 || read.value.size !== value.size || hasConditions(value)) return undefined;
  return linearIndex(read.at, read.value.shape).key === linear.key ? read.value : undefined;
}

function hasConditions(value: Value): boolean {
  for (let next: Value = value; next.node?.op.kind === "movement"; next = next.node.inputs[0]!) {
    const sources = movementSources(next, positionOf(symbol("g", next.size), next.shape));
    if (sources.length !== 1 || sources[0]!.when!.length > 0) return true;
  }
  return false;
}

/**
 * Where an element of `moved` goes when its base is at a place: the other direction of `readsOf`, through movement
 * that loses and repeats nothing. Undefined where the movement is of another sort.
 */
export function forwardThrough(moved: Value, base: Value, at: Position): Position | undefined {
  const chain: Value[] = [];
  for (let value = moved; value !== base;) {
    const node = value.node;
    if (node?.op.kind !== "movement" || node.inputs.length !== 1) return undefined;
    chain.push(value);
    value = node.inputs[0]!;
  }
  let position: Position | undefined = at;
  for (const value of chain.reverse()) position = position && forwardOne(value, position);
  return position;
}

/**
 * A movement is inverted by asking it: with unit positions it shows which output axis reads which input axis. Only
 * permutations and reshapes keep all elements; both are recognised by what they do, not by name.
 */
function forwardOne(moved: Value, at: Position): Position | undefined {
  const from = moved.node!.inputs[0]!;
  if (from.size !== moved.size) return undefined;
  const reshaped = positionOf(linearIndex(at, from.shape), moved.shape);
  if (readsBack(moved, reshaped, at)) return reshaped;
  const perm = axisOrder(moved, from.shape);
  const permuted = perm?.map((axis) => at[axis]!);
  return permuted && readsBack(moved, permuted, at) ? permuted : undefined;
}

function readsBack(moved: Value, candidate: Position, at: Position): boolean {
  const sources = movementSources(moved, candidate);
  const [source] = sources;
  if (sources.length !== 1 || source!.when!.length > 0) return false;
  const shape = moved.node!.inputs[0]!.shape;
  return linearIndex(source!.at, shape).key === linearIndex(at, shape).key;
}

/** For each output axis, the input axis it steps along: found by moving one step along it. */
function axisOrder(moved: Value, shape: Shape): number[] | undefined {
  if (moved.shape.length !== shape.length) return undefined;
  const strides = stridesOf(shape);
  const origin = moved.shape.map(() => constantIndex(0));
  const start = elementAt(moved, origin, shape);
  const order = moved.shape.map((size, axis) => {
    if (size === 1) return -1;
    const stepped = origin.map((index, k) => (k === axis ? addIndex(index, constantIndex(1)) : index));
    return strides.findIndex(
      (stride, k) => shape[k] !== 1 && stride === elementAt(moved, stepped, shape) - start,
    );
  });
  const unused = shape.map((_, axis) => axis).filter((axis) => !order.includes(axis));
  return order.map((axis) => (axis === -1 ? unused.shift()! : axis));
}

function elementAt(moved: Value, at: Position, shape: Shape): number {
  const [source] = movementSources(moved, at);
  return source ? linearIndex(source.at, shape).constant : Number.NaN;
}
