import {
  asValue,
  batched,
  bug,
  call,
  cond,
  customGradient,
  type Graph,
  GraphBuilder,
  gradient,
  inlineGraph,
  loop,
  type Op,
  type Operand,
  pushforward,
  type TensorType,
  astype,
  type Value,
  withRecorder,
} from "@weftjs/ir";
import type { Part } from "./part.js";
import { scalarDType } from "./scalar-dtype.js";
import {
  type Block,
  FRESH,
  isMark,
  LITERAL,
  type LiteralSlot,
  type Mark,
  pathTo,
  type TraceNode,
} from "./trace-node.js";

/**
 * Turns a path of the trace tree into a graph. Each step goes to the graph of the differentiated or batched function
 * that it depends on; at an `end` that graph becomes the body of a `call`, at a `pullback` of a `gradient`, at a
 * `pushforward` and a `collect` of the ops for those. What a body uses of the graphs around it becomes a parameter of
 * its own, so perturbations never mix.
 *
 * Parameters: the inputs in order of first use, and where a literal was promoted a scalar. O(steps).
 */
export function buildGraph(
  name: string,
  end: TraceNode,
  outputs: readonly number[],
  inputNames: readonly (string | null)[],
): Graph {
  const path = new PathBuilder(name, inputNames);
  for (const node of pathTo(end)) path.add(node);
  return path.finish(outputs);
}

/**
 * Turns a part of a path into a graph, which computes `outputs` and what is to be computed again. Parameters: the values
 * that are there, the inputs that are needed, scalars.
 */
export function buildPart(
  name: string,
  part: Part,
  outputs: readonly number[],
  inputNames: readonly (string | null)[],
): Graph {
  const path = new PathBuilder(name, inputNames, part);
  for (const node of part.steps) path.add(node);
  return path.finish([...outputs, ...part.again.map(({ id }) => id)]);
}

/** What an `iterate` says of its loop. */
export type IterateAttrs = {
  readonly count: number | null;
  readonly reverse: boolean;
  readonly carried: number;
  /** Rows made at each iteration. */
  readonly made: number;
};

/** The graph being built for one differentiated or batched function, or for the whole path. */
class Frame {
  /** By value id; promoted literals have keys below zero. */
  readonly values = new Map<number, Value>();
  /** What the parameters after the differentiated ones stand for outside. */
  readonly captured: number[] = [];
  body: Graph | null = null;
  /** What a branch was left with. */
  left: readonly Operand[] = [];

  constructor(
    readonly builder: GraphBuilder,
    readonly begin: TraceNode | null,
  ) {}
}

class PathBuilder {
  private readonly outer: Frame;
  private readonly frames = new Map<Block, Frame>();
  private readonly types = new Map<number, TensorType>();
  private readonly slotKeys = new Map<LiteralSlot, number>();
  private inputs = 0;

  constructor(
    name: string,
    private readonly inputNames: readonly (string | null)[],
    private readonly part: Part | null = null,
  ) {
    this.outer = new Frame(new GraphBuilder(name), null);
    if (!part) return;
    for (const { id, type } of part.given) this.addParam(id, type, null);
    for (const { id, type, position } of part.inputs) this.addParam(id, type, inputNames[position] ?? null);
  }

  add(node: TraceNode): void {
    let id = node.firstOutput - node.codes.filter((code) => code === FRESH).length;
    if (!this.part) {
      for (const type of node.freshTypes) {
        if (type) this.addParam(id++, type, this.inputNames[this.inputs++] ?? null);
      }
    }
    for (const slot of node.literals) if (slot?.isPromoted) this.addScalar(slot);
    node.types.forEach((type, k) => this.types.set(node.firstOutput + k, type));
    if (isMark(node.op)) this.addMark(node, node.op);
    else this.addOp(node, node.op);
  }

  finish(outputs: readonly number[]): Graph {
    const { outer } = this;
    return outer.builder.finish(outputs.map((id) => this.valueIn(outer, id)));
  }

  private addParam(id: number, type: TensorType, name: string | null): void {
    this.types.set(id, type);
    this.outer.values.set(id, this.outer.builder.param(type, name));
  }

  private addScalar(slot: LiteralSlot): void {
    const key = -1 - this.slotKeys.size;
    const type: TensorType = { dtype: scalarDType(slot.dtype), shape: [] };
    this.slotKeys.set(slot, key);
    this.types.set(key, type);
    this.outer.values.set(key, this.outer.builder.param(type, `number${-1 - key}`, "scalar"));
  }

  private addOp(node: TraceNode, op: Op): void {
    const frame = this.frameOf(node.level);
    frame.builder.location = node.location;
    const made = frame.builder.record(op, this.operandsIn(frame, node), node.attrs);
    this.define(frame, node, Array.isArray(made) ? (made as readonly Value[]) : [made as Value]);
  }

  private addMark(node: TraceNode, mark: Mark): void {
    switch (mark.kind) {
      case "begin":
        return this.begin(node, node.opens!);
      case "end":
        return this.end(node, this.frameOf(mark.block));
      case "pullback":
        return this.pullback(node, this.frameOf(mark.block));
      case "pushforward":
        return this.pushforward(node, this.frameOf(mark.block));
      case "custom":
        return this.custom(node, this.frameOf(mark.block));
      case "collect":
        return this.collect(node, this.frameOf(mark.block));
      case "iterate":
        return this.iterate(node, this.frameOf(mark.block));
      case "leave":
        return this.leave(node, this.frameOf(mark.block));
      case "choose":
        return this.choose(node, mark.block!);
      case "abort":
      case "read":
        return;
      default:
        return mark.kind satisfies never;
    }
  }

  private begin(node: TraceNode, block: Block): void {
    if (this.part?.openBlocks.includes(block)) return this.beginInline(node, block);
    const frame = new Frame(new GraphBuilder(), node);
    this.frames.set(block, frame);
    node.types.forEach((type, k) => frame.values.set(node.firstOutput + k, frame.builder.param(type)));
  }

  /** Of a function that has not returned: its arguments are what it was given, its steps are the caller's. */
  private beginInline(node: TraceNode, block: Block): void {
    const { outer } = this;
    this.frames.set(block, outer);
    const values = this.operandsIn(outer, node).map((operand, k) =>
      outer.builder.bring(operand, node.types[k]!),
    );
    this.define(outer, node, values);
  }

  private end(node: TraceNode, frame: Frame): void {
    const outside = this.frameOf(node.level);
    frame.builder.location = node.location;
    const results = this.operandsIn(frame, node).map((operand, k) =>
      frame.builder.bring(operand, node.types[k]!),
    );
    frame.body = frame.builder.finish(results);
    outside.builder.location = node.location;
    const operands = this.argumentsIn(outside, frame);
    const made = withRecorder(outside.builder, () => call(operands, { body: frame.body! }));
    this.define(outside, node, made.map(asValue));
  }

  private pullback(node: TraceNode, frame: Frame): void {
    const outside = this.frameOf(node.level);
    outside.builder.location = node.location;
    const { body } = frame;
    if (!body) throw bug("a pullback came before the end of its function");
    const seeded = node.attrs.seeded as readonly number[];
    const cotangents = this.operandsIn(outside, node).map((operand, k) =>
      outside.builder.bring(operand, body.results[seeded[k]!]!.type),
    );
    const wrt = frame.begin!.types.map((_, k) => k);
    const operands = [...this.argumentsIn(outside, frame), ...cotangents];
    const made = withRecorder(outside.builder, () => gradient(operands, { body, wrt, seeded }));
    this.define(outside, node, made.map(asValue));
  }

  private pushforward(node: TraceNode, frame: Frame): void {
    const outside = this.frameOf(node.level);
    outside.builder.location = node.location;
    const body = frame.body!;
    const [wrt, of] = [node.attrs.wrt as readonly number[], node.attrs.of as readonly number[]];
    const tangents = this.operandsIn(outside, node).map((operand, k) =>
      outside.builder.bring(operand, frame.begin!.types[wrt[k]!]!),
    );
    const operands = [...this.argumentsIn(outside, frame), ...tangents];
    const made = withRecorder(outside.builder, () => pushforward(operands, { body, wrt, of }));
    this.define(outside, node, made.map(asValue));
  }

  /** The backward function is the body: its parameters are the cotangents and what it uses of the outside. */
  private custom(node: TraceNode, frame: Frame): void {
    const outside = this.frameOf(node.level);
    outside.builder.location = node.location;
    const captured = frame.captured.map((id) => this.valueIn(outside, id));
    const operands = [...this.operandsIn(outside, node), ...captured];
    const attrs = { backward: frame.body!, values: node.types.length };
    const made = withRecorder(outside.builder, () => customGradient(operands, attrs));
    this.define(outside, node, made.map(asValue));
  }

  private collect(node: TraceNode, frame: Frame): void {
    const begin = frame.begin!;
    const results = this.operandsIn(frame, node).map(asValue);
    const body = (frame.body = frame.builder.finish(results));
    const outside = this.frameOf(node.level);
    outside.builder.location = node.location;
    const captured = frame.captured.map((id) => this.valueIn(outside, id));
    const operands = [...this.operandsIn(outside, begin), ...captured];
    const size = node.attrs.size as number;
    const attrs = { body, batched: begin.types.map((_, k) => k), size };
    const made = withRecorder(outside.builder, () => batched(operands, attrs));
    this.define(outside, node, made.map(asValue));
  }

  /** The operands are what is carried into the next iteration, then the rows made. */
  private iterate(node: TraceNode, frame: Frame): void {
    const begin = frame.begin!;
    const { carried, made, ...attrs } = node.attrs as IterateAttrs;
    const types = [
      ...begin.types.slice(1, 1 + carried),
      ...node.types.slice(carried).map(({ dtype, shape }) => ({ dtype, shape: shape.slice(1) })),
    ];
    frame.builder.location = node.location;
    const results = this.operandsIn(frame, node).map((operand, k) => frame.builder.bring(operand, types[k]!));
    const body = (frame.body = frame.builder.finish(results));
    const outside = this.frameOf(node.level);
    outside.builder.location = node.location;
    const given = this.operandsIn(outside, begin).map((operand, k) => {
      if (k < carried) return outside.builder.bring(operand, begin.types[1 + k]!);
      return asValue(operand);
    });
    const operands = [...given, ...frame.captured.map((id) => this.valueIn(outside, id))];
    const scanned = given.length - carried;
    const all = withRecorder(outside.builder, () =>
      loop(operands, { body, carried, scanned, keeps: false, ...attrs }),
    );
    this.define(outside, node, all.slice(0, carried + made).map(asValue));
  }

  /** Of which types the results are to be is known when both branches have been left. */
  private leave(node: TraceNode, frame: Frame): void {
    frame.left = this.operandsIn(frame, node);
    frame.builder.location = node.location;
  }

  private choose(node: TraceNode, block: Block): void {
    const frames = [this.frameOf(block.other), this.frameOf(block)] as const;
    const wanted = node.attrs.leaves as readonly number[];
    const captured = [...new Set(frames.flatMap((frame) => frame.captured))];
    const [onTrue, onFalse] = frames.map((frame) => {
      const results = wanted.map((leaf, k) => frame.builder.bring(frame.left[leaf]!, node.types[k]!));
      const types = captured.map((id) => this.types.get(id)!);
      return withParams(
        frame.builder.finish(results),
        types,
        frame.captured.map((id) => captured.indexOf(id)),
      );
    });
    const outside = this.frameOf(node.level);
    outside.builder.location = node.location;
    const operands = [...this.operandsIn(outside, node), ...captured.map((id) => this.valueIn(outside, id))];
    const made = withRecorder(outside.builder, () => cond(operands, { onTrue: onTrue!, onFalse: onFalse! }));
    this.define(outside, node, made.map(asValue));
  }

  /** Where the body gets its parameters from. A pullback may stand in a deeper graph than the call: it captures them. */
  private argumentsIn(outside: Frame, frame: Frame): readonly Operand[] {
    const begin = frame.begin!;
    const differentiated = this.operandsIn(outside, begin).map((operand, k) =>
      outside.builder.bring(operand, begin.types[k]!),
    );
    return [...differentiated, ...frame.captured.map((id) => this.valueIn(outside, id))];
  }

  private define(frame: Frame, node: TraceNode, values: readonly Value[]): void {
    values.forEach((value, k) => {
      const id = node.firstOutput + k;
      if (!frame.values.has(id)) frame.values.set(id, value); // It may be there already.
    });
  }

  private frameOf(block: Block | null): Frame {
    if (block === null) return this.outer;
    const frame = this.frames.get(block) ?? (this.part?.openBlocks.includes(block) ? this.outer : undefined);
    if (!frame) throw bug("a step stands in a function that has not begun");
    return frame;
  }

  private operandsIn(frame: Frame, node: TraceNode): Operand[] {
    let fresh = node.firstOutput - node.codes.filter((code) => code === FRESH).length;
    return node.codes.map((code, k) => {
      if (code === FRESH) return this.valueIn(frame, fresh++);
      if (code === LITERAL) return this.literalIn(frame, node.literals[k]!);
      return this.valueIn(frame, code);
    });
  }

  private literalIn(frame: Frame, slot: LiteralSlot): Operand {
    const key = this.slotKeys.get(slot);
    if (key === undefined) return slot.value;
    const scalar = this.valueIn(frame, key);
    if (scalar.dtype === slot.dtype) return scalar;
    return asValue(withRecorder(frame.builder, () => astype(scalar, { dtype: slot.dtype })));
  }

  private valueIn(frame: Frame, id: number): Value {
    const known = frame.values.get(id);
    if (known) return known;
    if (!frame.begin) throw bug("a value of an inner function was asked for outside it");
    const param = frame.builder.param(this.types.get(id)!);
    frame.values.set(id, param);
    frame.captured.push(id);
    return param;
  }
}

/** The same graph with parameters of these types, of which it takes those at `positions`. */
function withParams(graph: Graph, types: readonly TensorType[], positions: readonly number[]): Graph {
  const builder = new GraphBuilder(graph.name);
  const params = types.map((type) => builder.param(type));
  const taken = positions.map((position) => params[position]!);
  return builder.finish(withRecorder(builder, () => inlineGraph(graph, taken)).map(asValue));
}
