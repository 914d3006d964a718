import type { Attrs } from "./attrs.js";
import type { SourceLocation } from "./location.js";
import type { Op } from "./op.js";
import { elementCount, type DType, type Shape, type TensorType, type ValueLike } from "./types.js";

/** One SSA value: a parameter of the graph (`node` is null) or output `index` of a node. Compared by identity. */
export class Value implements ValueLike {
  node: Node | null = null;

  constructor(
    readonly type: TensorType,
    readonly index: number,
    /** The user's name for it, where known; only for people. */
    readonly name: string | null = null,
    /** A `scalar` parameter is a JavaScript number that changes between calls; it needs no buffer of its own. */
    readonly passedAs: "buffer" | "scalar" = "buffer",
  ) {}

  get dtype(): DType {
    return this.type.dtype;
  }

  get shape(): Shape {
    return this.type.shape;
  }

  get ndim(): number {
    return this.type.shape.length;
  }

  get size(): number {
    return elementCount(this.type.shape);
  }
}

export interface Node {
  readonly op: Op;
  readonly inputs: readonly Value[];
  readonly attrs: Attrs;
  readonly outputs: readonly Value[];
  readonly location: SourceLocation | null;
}

/** A computation: nodes in an order in which each value is defined before it is used. Never changed once made. */
export class Graph {
  constructor(
    readonly name: string,
    readonly params: readonly Value[],
    readonly nodes: readonly Node[],
    readonly results: readonly Value[],
  ) {}
}

/** How often each value is read, by nodes and as a result. */
export function countUses(graph: Graph): Map<Value, number> {
  const uses = new Map<Value, number>();
  const read = (value: Value): void => void uses.set(value, (uses.get(value) ?? 0) + 1);
  for (const node of graph.nodes) node.inputs.forEach(read);
  graph.results.forEach(read);
  return uses;
}
