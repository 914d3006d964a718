import type { Node } from "../graph.js";
import type { Op } from "../op.js";
import { definePass, type Pass } from "./pass.js";
import type { Replacement } from "./rewrite-graph.js";

/** What to put in place of a node, or undefined where the rule does not apply. */
export type Rule = (node: Node) => (() => Replacement) | undefined;

/** A pass made of rules: each node meets those of its op, in order, until one applies. */
export function defineRules(name: string, rules: readonly (readonly [Op, ...Rule[]])[]): Pass {
  const byOp = new Map<Op, readonly Rule[]>();
  for (const [op, ...list] of rules) byOp.set(op, [...(byOp.get(op) ?? []), ...list]);
  return definePass({
    name,
    rewrite(node, edit) {
      for (const rule of byOp.get(node.op) ?? []) {
        const make = rule(node);
        if (make) return edit.replace(node, make);
      }
    },
  });
}
