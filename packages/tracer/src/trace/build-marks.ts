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
  type Operand,
  pushforward,
  type TensorType,
  withRecorder,
} from "@weftjs/ir";
import type { Frame, Frames } from "./frame.js";
import type { Block, Mark, TraceNode } from "./trace-node.js";

/** What an `iterate` says of its loop. */
export type IterateAttrs = {
  readonly count: number | null;
  readonly reverse: boolean;
  readonly carried: number;
  /** Rows made at each iteration. */
  readonly made: number;
};

/** What the marks of a trace become: a block's graph is the body of an op in the graph around it. */
export class MarkBuilder {
  constructor(private readonly frames: Frames) {}

  add(node: TraceNode, mark: Mark): void {
    switch (mark.kind) {
      case "begin":
        return this.begin(node, node.opens!);
      case "end":
        return this.end(node, this.frames.frameOf(mark.block));
      case "pullback":
        return this.pullback(node, this.frames.frameOf(mark.block));
      case "pushforward":
        return this.pushforward(node, this.frames.frameOf(mark.block));
      case "custom":
        return this.custom(node, this.frames.frameOf(mark.block));
      case "collect":
        return this.collect(node, this.frames.frameOf(mark.block));
      case "iterate":
        return this.iterate(node, this.frames.frameOf(mark.block));
      case "leave":
        return this.leave(node, this.frames.frameOf(mark.block));
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
    const frame = this.frames.open(block, node);
    if (!frame) return;
    node.types.forEach((type, k) => frame.values.set(node.firstOutput + k, frame.builder.param(type)));
  }

  private end(node: TraceNode, frame: Frame): void {
    const outside = this.frames.frameOf(node.level);
    frame.builder.location = node.location;
    const results = this.frames
      .operandsIn(frame, node)
      .map((operand, k) => frame.builder.bring(operand, node.types[k]!));
    frame.body = frame.builder.finish(results);
    outside.builder.location = node.location;
    const operands = this.argumentsIn(outside, frame);
    const made = withRecorder(outside.builder, () => call(operands, { body: frame.body! }));
    this.frames.define(outside, node, made.map(asValue));
  }

  private pullback(node: TraceNode, frame: Frame): void {
    const outside = this.frames.frameOf(node.level);
    outside.builder.location = node.location;
    const { body } = frame;
    if (!body) throw bug("a pullback came before the end of its function");
    const seeded = node.attrs.seeded as readonly number[];
    const cotangents = this.frames
      .operandsIn(outside, node)
      .map((operand, k) => outside.builder.bring(operand, body.results[seeded[k]!]!.type));
    const wrt = frame.begin!.types.map((_, k) => k);
    const operands = [...this.argumentsIn(outside, frame), ...cotangents];
    const made = withRecorder(outside.builder, () => gradient(operands, { body, wrt, seeded }));
    this.frames.define(outside, node, made.map(asValue));
  }

  private pushforward(node: TraceNode, frame: Frame): void {
    const outside = this.frames.frameOf(node.level);
    outside.builder.location = node.location;
    const body = frame.body!;
    const [wrt, of] = [node.attrs.wrt as readonly number[], node.attrs.of as readonly number[]];
    const tangents = this.frames
      .operandsIn(outside, node)
      .map((operand, k) => outside.builder.bring(operand, frame.begin!.types[wrt[k]!]!));
    const operands = [...this.argumentsIn(outside, frame), ...tangents];
    const made = withRecorder(outside.builder, () => pushforward(operands, { body, wrt, of }));
    this.frames.define(outside, node, made.map(asValue));
  }

  /** The backward function is the body: its parameters are the cotangents and what it uses of the outside. */
  private custom(node: TraceNode, frame: Frame): void {
    const outside = this.frames.frameOf(node.level);
    outside.builder.location = node.location;
    const captured = frame.captured.map((id) => this.frames.valueIn(outside, id));
    const operands = [...this.frames.operandsIn(outside, node), ...captured];
    const attrs = { backward: frame.body!, values: node.types.length };
    const made = withRecorder(outside.builder, () => customGradient(operands, attrs));
    this.frames.define(outside, node, made.map(asValue));
  }

  private collect(node: TraceNode, frame: Frame): void {
    const begin = frame.begin!;
    const results = this.frames.operandsIn(frame, node).map(asValue);
    const body = (frame.body = frame.builder.finish(results));
    const outside = this.frames.frameOf(node.level);
    outside.builder.location = node.location;
    const captured = frame.captured.map((id) => this.frames.valueIn(outside, id));
    const operands = [...this.frames.operandsIn(outside, begin), ...captured];
    const size = node.attrs.size as number;
    const attrs = { body, batched: begin.types.map((_, k) => k), size };
    const made = withRecorder(outside.builder, () => batched(operands, attrs));
    this.frames.define(outside, node, made.map(asValue));
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
    const results = this.frames
      .operandsIn(frame, node)
      .map((operand, k) => frame.builder.bring(operand, types[k]!));
    const body = (frame.body = frame.builder.finish(results));
    const outside = this.frames.frameOf(node.level);
    outside.builder.location = node.location;
    const given = this.frames.operandsIn(outside, begin).map((operand, k) => {
      if (k < carried) return outside.builder.bring(operand, begin.types[1 + k]!);
      return asValue(operand);
    });
    const operands = [...given, ...frame.captured.map((id) => this.frames.valueIn(outside, id))];
    const scanned = given.length - carried;
    const all = withRecorder(outside.builder, () =>
      loop(operands, { body, carried, scanned, keeps: false, ...attrs }),
    );
    this.frames.define(outside, node, all.slice(0, carried + made).map(asValue));
  }

  /** Of which types the results are to be is known when both branches have been left. */
  private leave(node: TraceNode, frame: Frame): void {
    frame.left = this.frames.operandsIn(frame, node);
    frame.builder.location = node.location;
  }

  private choose(node: TraceNode, block: Block): void {
    const frames = [this.frames.frameOf(block.other), this.frames.frameOf(block)] as const;
    const wanted = node.attrs.leaves as readonly number[];
    const captured = [...new Set(frames.flatMap((frame) => frame.captured))];
    const [onTrue, onFalse] = frames.map((frame) => {
      const results = wanted.map((leaf, k) => frame.builder.bring(frame.left[leaf]!, node.types[k]!));
      const types = captured.map((id) => this.frames.typeOf(id));
      return withParams(
        frame.builder.finish(results),
        types,
        frame.captured.map((id) => captured.indexOf(id)),
      );
    });
    const outside = this.frames.frameOf(node.level);
    outside.builder.location = node.location;
    const operands = [
      ...this.frames.operandsIn(outside, node),
      ...captured.map((id) => this.frames.valueIn(outside, id)),
    ];
    const made = withRecorder(outside.builder, () => cond(operands, { onTrue: onTrue!, onFalse: onFalse! }));
    this.frames.define(outside, node, made.map(asValue));
  }

  /** Where the body gets its parameters from. A pullback may stand in a deeper graph than the call: it captures them. */
  private argumentsIn(outside: Frame, frame: Frame): readonly Operand[] {
    const begin = frame.begin!;
    const differentiated = this.frames
      .operandsIn(outside, begin)
      .map((operand, k) => outside.builder.bring(operand, begin.types[k]!));
    return [...differentiated, ...frame.captured.map((id) => this.frames.valueIn(outside, id))];
  }
}

/** The same graph with parameters of these types, of which it takes those at `positions`. */
function withParams(graph: Graph, types: readonly TensorType[], positions: readonly number[]): Graph {
  const builder = new GraphBuilder(graph.name);
  const params = types.map((type) => builder.param(type));
  const taken = positions.map((position) => params[position]!);
  return builder.finish(withRecorder(builder, () => inlineGraph(graph, taken)).map(asValue));
}
