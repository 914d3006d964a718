import type { Graph, Node, Value } from "../graph.js";
import type { AttentionTemplate, KernelOp } from "../op.js";
import type { Shape } from "../types.js";
import { elementCount } from "../types.js";
import {
  addIndex,
  constantIndex,
  linearIndex,
  type Position,
  positionOf,
  scaleIndex,
  symbol,
} from "./index-expr.js";

/**
 * What one kernel runs over.
 *
 * - `map`: `count` elements, symbol `g`.
 * - `row`: for each of `rows` rows (symbol `r`) a loop over `columns` (symbol `k`); `axes` of `shape` are the columns.
 * - `matmul`: outputs [batch, m, n], symbols `b`, `m`, `n`; the inner axis is the template's own.
 * - `scatter`: `count` elements of a sum by index, symbol `g`; which elements each sums is the template's own.
 * - `attention`: rows of queries or keys, each with a loop over the others; all symbols are the template's own, and so
 *   nothing joins its node.
 * - `assembly`: `count` elements, symbol `g`, that the groups of its operands write: it is no kernel in the end.
 * - `loop`: no kernel but those of its iterations, which have a schedule of their own.
 */
export type Domain =
  MapDomain | RowDomain | MatmulDomain | ScatterDomain | AttentionDomain | AssemblyDomain | LoopDomain;

export interface MapDomain {
  readonly kind: "map";
  readonly count: number;
}

export interface RowDomain {
  readonly kind: "row";
  readonly shape: Shape;
  readonly axes: readonly number[];
  readonly rows: number;
  readonly columns: number;
}

export interface MatmulDomain {
  readonly kind: "matmul";
  readonly node: Node;
  readonly batch: number;
  readonly m: number;
  readonly n: number;
  readonly k: number;
}

export interface ScatterDomain {
  readonly kind: "scatter";
  readonly node: Node;
  readonly count: number;
}

interface AssemblyDomain {
  readonly kind: "assembly";
  readonly node: Node;
  readonly count: number;
}

export interface AttentionDomain {
  readonly kind: "attention";
  readonly template: AttentionTemplate;
  readonly node: Node;
  /** Elements of the first output. */
  readonly count: number;
  readonly batch: number;
  readonly queries: number;
  readonly keys: number;
  readonly depth: number;
  readonly width: number;
}

export interface LoopDomain {
  readonly kind: "loop";
  /** As `lowerLoops` leaves it. */
  readonly node: Node;
  readonly body: Schedule;
}

/** Where in its domain a member is computed. `row`: once a row, before or after the loop over columns. */
export interface Place {
  readonly at: Position;
  readonly level: "full" | "row";
}

/** A set of nodes that one kernel computes, with any number of outputs. Grown by fusion, read by everyone after. */
export class Group {
  /** The values computed here, each at its place. */
  readonly places: Map<Value, Place> = new Map();
  /** Values of other groups, and parameters, that members are made of. */
  readonly reads: Set<Value> = new Set();
  firstPosition: number = Number.POSITIVE_INFINITY;
  /** Position of the last node that a member is, or is made of in any way: of what this group waits for. */
  reach: number = -1;

  constructor(
    readonly id: number,
    public domain: Domain,
  ) {}
}

/** A group with what it loads and stores settled: all that codegen needs of one kernel. */
export interface KernelGroup {
  readonly group: Group;
  /** What the kernel computes, in order: members that something needs, and what is computed again here. */
  readonly nodes: readonly Node[];
  readonly loads: readonly Value[];
  readonly stores: readonly Value[];
}

/** Groups that one dispatch computes side by side, none needing another; or one loop. */
export interface Bundle {
  readonly kernels: readonly KernelGroup[];
}

/** The place that a value has in the memory of a larger one: it lies there with `shape`, from `start` along `axis`. */
export interface Home {
  readonly whole: Value;
  readonly shape: Shape;
  readonly axis: number;
  readonly start: number;
}

export type Homes = ReadonlyMap<Value, Home>;

export interface Schedule {
  readonly graph: Graph;
  /** In order of execution. */
  readonly bundles: readonly Bundle[];
  /** Values that share the buffer of another. */
  readonly aliases: ReadonlyMap<Value, Value>;
  /** Values that lie in the memory of a larger one. */
  readonly homes: Homes;
}

export function rowDomain(shape: Shape, axes: readonly number[]): RowDomain {
  const columns = elementCount(axes.map((axis) => shape[axis]!));
  const rows = elementCount(keptSizes(shape, axes));
  return { kind: "row", shape, axes, rows, columns };
}

/** The domain of a node that needs a template. */
export function kernelDomain(node: Node, { template }: KernelOp): Domain {
  switch (template) {
    case "matmul":
      return matmulDomain(node);
    case "scatter":
    case "assembly":
      return { kind: template, node, count: node.outputs[0]!.size };
    case "attention":
    case "attention-query-gradient":
    case "attention-key-gradient":
    case "attention-value-gradient":
      return attentionDomain(node, template);
    default:
      return template satisfies never;
  }
}

/** The operands that a template reads more than once an element, so that they have to be in memory. */
export function templateOperands(domain: Domain): readonly Value[] {
  switch (domain.kind) {
    case "matmul":
    case "scatter":
    case "assembly":
      return domain.node.inputs;
    case "attention":
      // Of the bias each element is read once, with the score it belongs to.
      return domain.node.inputs.filter((_, k) => k !== BIAS);
    case "map":
    case "row":
    case "loop":
      return [];
    default:
      return domain satisfies never;
  }
}

/** Where the bias stands among the operands of attention and of its gradients. */
const BIAS = 3;

/** Whether a group can compute more than its template. */
export function takesMembers(domain: Domain): boolean {
  return domain.kind !== "attention" && domain.kind !== "assembly" && domain.kind !== "loop";
}

function attentionDomain(node: Node, template: AttentionTemplate): AttentionDomain {
  const [q, , v] = node.inputs as readonly [Value, Value, Value];
  return {
    kind: "attention",
    template,
    node,
    count: node.outputs[0]!.size,
    batch: elementCount(q.shape.slice(0, -2)),
    queries: q.shape.at(-2)!,
    keys: v.shape.at(-2)!,
    depth: q.shape.at(-1)!,
    width: v.shape.at(-1)!,
  };
}

function matmulDomain(node: Node): MatmulDomain {
  const a = node.inputs[0]!.shape;
  const b = node.inputs[1]!.shape;
  const rank = a.length;
  return {
    kind: "matmul",
    node,
    batch: elementCount(a.slice(0, rank - 2)),
    m: a[rank - 2]!,
    k: a[rank - 1]!,
    n: b[rank - 1]!,
  };
}

/** Elements at the finer level. */
export function fullCount(domain: Domain): number {
  switch (domain.kind) {
    case "map":
    case "scatter":
    case "attention":
    case "assembly":
      return domain.count;
    case "row":
      return domain.rows * domain.columns;
    case "matmul":
      return domain.batch * domain.m * domain.n;
    case "loop":
      return -1; // Nothing has a place in it.
    default:
      return domain satisfies never;
  }
}

/** Row-major number of the current element among all at the finer level, in the domain's own order. */
export function fullLinear(domain: Domain): ReturnType<typeof symbol> {
  switch (domain.kind) {
    case "map":
    case "scatter":
    case "attention":
    case "assembly":
      return symbol("g", domain.count);
    case "row":
      return linearIndex(rowPosition(domain), domain.shape);
    case "matmul": {
      const b = scaleIndex(symbol("b", domain.batch), domain.m * domain.n);
      const m = scaleIndex(symbol("m", domain.m), domain.n);
      return addIndex(addIndex(b, m), symbol("n", domain.n));
    }
    case "loop":
      return constantIndex(0);
    default:
      return domain satisfies never;
  }
}

/** The place of a value of this shape, its elements in the order of the domain; none where the counts differ. */
export function defaultPlaces(domain: Domain, shape: Shape): Place[] {
  const size = elementCount(shape);
  const places: Place[] = [];
  if (domain.kind === "row" && size === domain.rows) {
    places.push({ at: positionOf(symbol("r", domain.rows), shape), level: "row" });
  }
  if (size === fullCount(domain)) places.push({ at: positionOf(fullLinear(domain), shape), level: "full" });
  return places;
}

/** Position in the reduced operand: kept axes from the row, reduced axes from the column. */
export function rowPosition(domain: RowDomain): Position {
  const kept = keptSizes(domain.shape, domain.axes);
  const reduced = domain.axes.map((axis) => domain.shape[axis]!);
  const row = [...positionOf(symbol("r", domain.rows), kept)];
  const column = [...positionOf(symbol("k", domain.columns), reduced)];
  return domain.shape.map((_, axis) => {
    const index = domain.axes.includes(axis) ? column.shift() : row.shift();
    return index ?? constantIndex(0);
  });
}

/** `axes` in ascending order; the sizes of all other axes. */
function keptSizes(shape: Shape, axes: readonly number[]): Shape {
  return shape.filter((_, axis) => !axes.includes(axis));
}

export function sameDomain(a: Domain, b: Domain): boolean {
  if (a.kind === "map" && b.kind === "map") return a.count === b.count;
  if (a.kind !== "row" || b.kind !== "row") return false;
  return String(a.shape) === String(b.shape) && String(a.axes) === String(b.axes);
}
