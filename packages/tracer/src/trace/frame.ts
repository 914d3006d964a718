import type { GraphBuilder, Graph, Operand, TensorType, Value } from "@weftjs/ir";
import type { Block, TraceNode } from "./trace-node.js";

/** The graph being built for one differentiated or batched function, or for the whole path. */
export class Frame {
  /** By value id; promoted literals have keys below zero. */
  readonly values: Map<number, Value> = new Map();
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

/** The graphs being built, each for a block, and what the values of the trace are in them. */
export interface Frames {
  /** The graph of a block; null: that of the whole path. */
  frameOf(block: Block | null): Frame;
  /** Begins the graph of a block; undefined where its steps are those of the graph around it. */
  open(block: Block, begin: TraceNode): Frame | undefined;
  /** A value by its id; what a graph uses of those around it becomes a parameter of its own. */
  valueIn(frame: Frame, id: number): Value;
  operandsIn(frame: Frame, node: TraceNode): Operand[];
  typeOf(id: number): TensorType;
  /** Says what the outputs of a step are in a graph. */
  define(frame: Frame, node: TraceNode, values: readonly Value[]): void;
}
