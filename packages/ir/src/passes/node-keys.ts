import { NO_ATTRS } from "../attrs.js";
import { Graph, type Node, type Value } from "../graph.js";
import type { Op } from "../op.js";
import { add, multiply } from "../ops/arithmetic.js";
import { equal, logicalAnd, logicalOr, logicalXor, notEqual } from "../ops/compare.js";
import { hashGraph } from "../text/hash.js";
import { printAttrs } from "../text/print.js";

/** Give the same bits either way round. Not maximum and minimum: of 0 and -0 either may come out. */
const COMMUTATIVE: ReadonlySet<Op> = new Set<Op>([
  add,
  multiply,
  equal,
  notEqual,
  logicalAnd,
  logicalOr,
  logicalXor,
]);

/** A text for each node that is equal where the nodes are. */
export class NodeKeys {
  private readonly numbers = new Map<Value, number>();
  private readonly bodies = new Map<Graph, string>();

  constructor(graph: Graph) {
    for (const param of graph.params) this.numberOf(param);
  }

  of(node: Node): string {
    const operands = node.inputs.map((input) => this.numberOf(input));
    if (COMMUTATIVE.has(node.op) && operands[0]! > operands[1]!) operands.reverse();
    return `${node.op.name}(${operands.join(",")})${this.attrs(node)}`;
  }

  private numberOf(value: Value): number {
    const known = this.numbers.get(value);
    if (known !== undefined) return known;
    this.numbers.set(value, this.numbers.size);
    return this.numbers.size - 1;
  }

  /** Bodies count by their hash: printing each again in every key would be quadratic. */
  private attrs({ op, attrs }: Node): string {
    if (attrs === NO_ATTRS) return "";
    const parts = Object.entries(attrs).map(([name, value]) => {
      return value instanceof Graph ? ([name, this.hashOf(value)] as const) : ([name, value] as const);
    });
    return printAttrs(op, Object.fromEntries(parts), { names: false });
  }

  private hashOf(body: Graph): string {
    const known = this.bodies.get(body);
    if (known !== undefined) return known;
    const hash = hashGraph(body);
    this.bodies.set(body, hash);
    return hash;
  }
}
