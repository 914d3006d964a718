import type { Attrs } from "../attrs.js";
import { Value, type Node } from "../graph.js";
import type { Op } from "../op.js";
import type { Operand } from "../types.js";

/** The attributes that a call of op `O` ends with. */
export type AttrsOf<O> = O extends (...args: infer P) => unknown
  ? P extends readonly [...unknown[], infer Last]
    ? Operand extends Last
      ? Attrs
      : Last
    : Attrs
  : Attrs;

/** A node that is known to be a call of op `O`. */
export interface Match<O> extends Omit<Node, "attrs"> {
  readonly attrs: AttrsOf<O>;
}

/** The node, or the node that defines the value, if it is a call of `op`. */
export function matchOp<O extends Op>(target: Node | Value, op: O): Match<O> | undefined {
  const node = target instanceof Value ? target.node : target;
  // The op's type rule has accepted these attributes, so they have the shape its declaration says.
  return node?.op === op ? (node as Match<O>) : undefined;
}
