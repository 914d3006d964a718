import {
  addIndex,
  type Atom,
  bug,
  constantIndex,
  elementInMemory,
  floorDivIndex,
  type Homes,
  type Index,
  mentions,
  type MovementOp,
  movementSources,
  pickTerms,
  type PointwiseOp,
  type Position,
  positionKey,
  scaleIndex,
  type SourceOp,
  substitute,
  symbol,
  unboundIndex,
  type Value,
} from "@weftjs/ir";
import type { Bindings } from "./bindings.js";
import { isCheap, splat, type WgslExpr, WgslScalars, wgslType } from "./scalar/index.js";
import type { Scope } from "./scope.js";

/** The name of the symbol that counts the four lanes of a vector. It is never a variable: each lane has its text. */
const LANE = "lane";
const LANES: ReadonlySet<string> = new Set([LANE]);

/** A symbol as vectors of four: `name` counts the vectors. */
export function inLanes(name: string, size: number): Index {
  return addIndex(scaleIndex(symbol(name, size / 4), 4), symbol(LANE, 4));
}

/** What the evaluator needs to know of the kernel around it. */
export interface EvaluationContext {
  readonly bindings: Bindings;
  readonly loads: ReadonlySet<Value>;
  readonly fastMath: boolean;
  readonly homes: Homes;
  /** Asks for a helper function of the preamble. */
  need(helper: string): void;
}

interface MemoryAt {
  readonly tensor: Value;
  readonly start: number;
  readonly linear: Index;
  /** X, where the lanes are elements 4X to 4X + 3. */
  readonly vector: Index | undefined;
}

/** A value that is a variable, and the position whose element it holds. */
export interface ComputedResult {
  readonly at: Position;
  readonly expr: WgslExpr;
}

/**
 * Writes the code that computes a value at a position, from memory and from what the group has computed already.
 * Each value at each position is written once, in the outermost block that knows its symbols.
 */
export class Evaluator {
  /** Results that exist as variables: accumulators of reductions, the sum of a contraction. */
  readonly results: Map<Value, ComputedResult> = new Map();
  private readonly ids = new Map<Value, number>();

  constructor(
    private readonly context: EvaluationContext,
    public scope: Scope,
  ) {}

  at(value: Value, position: Position): WgslExpr {
    const home = this.scope.homeOf(position);
    const key = `${this.idOf(value)}@${positionKey(position)}`;
    const known = this.scope.recall(key);
    if (known) return known;
    const result = this.results.get(value);
    if (result) return this.resultAt(value, result, position);
    const expr = this.inScope(home, () => this.compute(value, position));
    return home.remember(key, expr);
  }

  /** The statement that writes a value at its place to memory. */
  store(value: Value, position: Position): string {
    return this.storeAt(value, position, this.at(value, position));
  }

  /** The statement that writes something of a template's own to a value's element in memory. */
  storeAt(value: Value, position: Position, expr: WgslExpr): string {
    const { tensor, start, linear, vector } = this.memoryAt(value, position);
    const write = (index: Index, text: string, width: 1 | 4): string =>
      this.context.bindings.write(tensor, this.index(index), text, width, start);
    if (!mentions(linear, LANES)) return write(linear, expr.text, 1);
    const wide = splat(expr, 4);
    if (vector) return write(vector, wide.text, 4);
    const named = this.scope.bind("v", wide.text);
    return lanesOf(linear)
      .map((lane, k) => write(lane, `${named}[${k}]`, 1))
      .join("\n");
  }

  /** A position as an i32 expression; it must not mention the lanes. */
  index(index: Index): string {
    if (index.terms.length === 0) return `${index.constant}`;
    const key = `index:${index.key}`;
    const home = this.scope.homeOf([index]);
    const known = this.scope.recall(key);
    if (known) return known.text;
    const text = this.inScope(home, () => this.sumText(index));
    const isName = /^\w+$/.test(text);
    const named = isName ? text : home.bind("at", text);
    home.remember(key, { text: named, dtype: "int32", width: 1 });
    return named;
  }

  private inScope<T>(scope: Scope, body: () => T): T {
    const previous = this.scope;
    this.scope = scope;
    try {
      return body();
    } finally {
      this.scope = previous;
    }
  }

  /** The variable, or that lane of it which holds the element: an index into another tensor is one lane's. */
  private resultAt(value: Value, { at, expr }: ComputedResult, position: Position): WgslExpr {
    const wanted = positionKey(position);
    if (positionKey(at) === wanted) return expr;
    const lane = [0, 1, 2, 3].find((k) => positionKey(at.map((index) => atLane(index, k))) === wanted);
    if (lane === undefined || expr.width !== 4)
      throw bug(`${value.node?.op.name ?? "a value"} is read at ${wanted}, computed at ${positionKey(at)}`);
    return { ...expr, text: `${expr.text}[${lane}]`, width: 1 };
  }

  private compute(value: Value, position: Position): WgslExpr {
    if (value.passedAs === "scalar")
      return this.bind({ text: this.context.bindings.argument(value), dtype: value.dtype, width: 1 });
    if (this.context.loads.has(value)) return this.load(value, position);
    const node = value.node;
    if (!node) throw bug("a parameter is read that the kernel does not load");
    const { op, inputs, attrs } = node;
    switch (op.kind) {
      case "source":
        return this.source(op, value, position);
      case "movement":
        return this.movement(op, value, position);
      case "pointwise": {
        const operands = inputs.map((input) => this.at(input, position));
        return this.bind(op.scalar(operands, this.scalars(workingDType(op, inputs, value)), attrs));
      }
      case "reduce":
      case "kernel":
      case "region":
      case "loop":
        throw bug(`${op.name} is read before it is computed`);
      default:
        return op satisfies never;
    }
  }

  private source(op: SourceOp, value: Value, position: Position): WgslExpr {
    const toScalar = (index: Index): WgslExpr => this.indexAsScalar(index, value);
    return this.bind(op.element(position, value.node!.attrs, this.scalars(value.dtype), toScalar));
  }

  private indexAsScalar(index: Index, value: Value): WgslExpr {
    const type = wgslType(value.dtype, 1);
    if (!mentions(index, LANES))
      return { text: `${type}(${this.index(index)})`, dtype: value.dtype, width: 1 };
    const lanes = lanesOf(index).map((lane) => `${type}(${this.index(lane)})`);
    return { text: `${wgslType(value.dtype, 4)}(${lanes.join(", ")})`, dtype: value.dtype, width: 4 };
  }

  private movement(op: MovementOp, value: Value, position: Position): WgslExpr {
    const { inputs, attrs } = value.node!;
    const sources = [...movementSources(value, position)].reverse();
    const covers = sources.some((source) => source.when!.length === 0);
    const s = this.scalars(value.dtype);
    let expr = covers ? undefined : s.literal(op.fill(attrs), value.dtype);
    for (const source of sources) {
      const moved = this.at(inputs[source.operand]!, source.at);
      const condition = this.condition(source.when!);
      expr = condition && expr ? s.select(condition, moved, expr) : moved;
    }
    return this.bind(expr!);
  }

  /** Joined by `&`, which evaluates both sides: `&&` branches, which SwiftShader takes ten times as long to compile. */
  private condition(ranges: readonly { value: Index; from: number; below: number }[]): WgslExpr | undefined {
    if (ranges.length === 0) return undefined;
    const wide = ranges.some((range) => mentions(range.value, LANES));
    const holds = (lane: number): string =>
      ranges
        .map(({ value, from, below }) => this.inRange(wide ? atLane(value, lane) : value, from, below))
        .join(" & ");
    if (!wide) return { text: `(${holds(0)})`, dtype: "bool", width: 1 };
    return { text: `vec4<bool>(${[0, 1, 2, 3].map(holds).join(", ")})`, dtype: "bool", width: 4 };
  }

  private inRange(index: Index, from: number, below: number): string {
    const text = this.index(index);
    const tests = [
      ...(index.low < from ? [`(${text} >= ${from})`] : []),
      ...(index.high >= below ? [`(${text} < ${below})`] : []),
    ];
    return tests.length > 0 ? tests.join(" & ") : "true";
  }

  /** What is in memory now, of a value that this kernel has written itself. */
  stored(value: Value, position: Position): WgslExpr {
    return this.load(value, position);
  }

  private load(value: Value, position: Position): WgslExpr {
    const { tensor, start, linear, vector } = this.memoryAt(value, position);
    const read = (index: Index, width: 1 | 4): string =>
      this.context.bindings.read(tensor, this.index(index), width, start);
    const { dtype } = value;
    if (!mentions(linear, LANES)) return this.bind({ text: read(linear, 1), dtype, width: 1 });
    if (vector) return this.bind({ text: read(vector, 4), dtype, width: 4 });
    const lanes = lanesOf(linear).map((lane) => read(lane, 1));
    return this.bind({ text: `${wgslType(dtype, 4)}(${lanes.join(", ")})`, dtype, width: 4 });
  }

  /**
   * The tensor that holds an element and its number there, counted from `start`. A constant is where the binding
   * starts: steps of a loop that are at different places of one tensor are one kernel.
   */
  private memoryAt(value: Value, position: Position): MemoryAt {
    const { tensor, linear: bound } = elementInMemory(value, position, this.context.homes);
    const whole = unboundIndex(bound);
    const start = whole.constant > 0 && whole.constant <= whole.low ? whole.constant : 0;
    const linear = addIndex(whole, constantIndex(-start));
    const isVector = mentions(linear, LANES) && tensor.size % 4 === 0;
    return { tensor, start, linear, vector: isVector ? vectorIndex(linear) : undefined };
  }

  scalars(dtype: Value["dtype"]): WgslScalars {
    const emitter = {
      bind: (expr: WgslExpr) => this.bind(expr),
      need: (helper: string) => this.context.need(helper),
    };
    return new WgslScalars(dtype, emitter, { fastMath: this.context.fastMath });
  }

  /** A name for an expression, in the block being written. Names and literals stay as they are. */
  private bind(expr: WgslExpr): WgslExpr {
    if (isCheap(expr)) return expr;
    return { ...expr, text: this.scope.bind("v", expr.text) };
  }

  /** Terms that a block around this one knows all of are summed there. */
  private sumText(index: Index): string {
    const isHere = (term: Index): boolean => this.scope.homeOf([term]) === this.scope;
    const outer = pickTerms(index, (term) => !isHere(term));
    const isName = outer.terms.length === 1 && outer.terms[0]!.factor === 1;
    const here = isName || outer.terms.length === 0 ? index : pickTerms(index, isHere);
    const terms = here.terms.map(({ atom, factor }) => {
      const text = this.atomText(atom);
      return factor === 1 ? text : `${factor} * ${text}`;
    });
    if (here !== index) terms.push(this.index(outer));
    if (index.constant !== 0) terms.push(String(index.constant));
    return terms.join(" + ").replaceAll("+ -", "- ");
  }

  private atomText(atom: Atom): string {
    switch (atom.kind) {
      case "symbol":
        return atom.name;
      case "element":
        return this.at(atom.value, atom.at).text;
      case "within":
        return this.index(atom.of);
      case "div":
      case "mod":
        return this.named(`index:${atom.key}`, atom.of, divisionText(atom, this.index(atom.of)));
      default:
        return atom satisfies never;
    }
  }

  private named(key: string, of: Index, text: string): string {
    const home = this.scope.homeOf([of]);
    const known = this.scope.recall(key);
    if (known) return known.text;
    const name = home.bind("at", text);
    home.remember(key, { text: name, dtype: "int32", width: 1 });
    return name;
  }

  private idOf(value: Value): number {
    let id = this.ids.get(value);
    if (id === undefined) this.ids.set(value, (id = this.ids.size));
    return id;
  }
}

/** The dtype a pointwise rule works in: that of the operands that had to agree. */
function workingDType(op: PointwiseOp, inputs: readonly Value[], output: Value): Value["dtype"] {
  const operand = inputs.find((_, k) => !(k in op.fixed));
  return operand?.dtype ?? output.dtype;
}

/** Rounded down, which WGSL's own division is from 0 on only. By a constant, the unsigned one is cheaper. */
function divisionText({ kind, of, by }: Extract<Atom, { kind: "div" | "mod" }>, text: string): string {
  if (of.low >= 0) return `i32(u32(${text}) ${kind === "div" ? "/" : "%"} ${by}u)`;
  return kind === "div"
    ? `select(${text}, ${text} - ${by - 1}, ${text} < 0) / ${by}`
    : `(${text} % ${by} + ${by}) % ${by}`;
}

/** X, where the four lanes are elements 4X to 4X + 3. */
export function vectorIndex(linear: Index): Index | undefined {
  const base = addIndex(linear, scaleIndex(symbol(LANE, 4), -1));
  if (mentions(base, LANES)) return undefined;
  const aligned = base.constant % 4 === 0 && base.terms.every(({ factor }) => factor % 4 === 0);
  return aligned ? floorDivIndex(base, 4) : undefined;
}

function atLane(index: Index, lane: number): Index {
  return substitute(index, new Map([[LANE, constantIndex(lane)]]));
}

function lanesOf(index: Index): Index[] {
  return [0, 1, 2, 3].map((lane) => atLane(index, lane));
}
