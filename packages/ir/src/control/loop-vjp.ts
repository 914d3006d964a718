import { inlineGraph } from "../autodiff/inline-graph.js";
import { vjpGraph } from "../autodiff/vjp-graph.js";
import { asValue, GraphBuilder } from "../builder.js";
import { WeftError } from "../errors.js";
import type { Graph, Value } from "../graph.js";
import type { Cotangents, VjpContext } from "../op.js";
import { add, subtract } from "../ops/arithmetic.js";
import { greater, greaterEqual } from "../ops/compare.js";
import { constant } from "../ops/source.js";
import { zerosLike } from "./zeros-like.js";
import { withRecorder } from "../recorder.js";
import { isFloat, type Operand, type TensorType, type ValueLike } from "../types.js";
import { rowAt } from "./row-at.js";
import { isTape, keptCarried, type LoopAttrs, splitOperands, splitOutputs } from "./loop-layout.js";

export type LoopCall = (operands: readonly Operand[], attrs: LoopAttrs) => readonly ValueLike[];

/**
 * The gradients of a loop, by a loop that runs the other way. It has what was carried into each iteration, computes
 * the iteration from there again and pulls the cotangents of what was carried out of it back to what was carried in.
 * Gradients of constants add up on the way; those of rows are rows.
 */
export function pullLoop(
  loop: LoopCall,
  inputs: readonly Value[],
  context: VjpContext<LoopAttrs>,
): Cotangents {
  const pull = new LoopPull(loop, inputs, context);
  return context.attrs.count === null ? pull.unknownCount() : pull.knownCount();
}

const INDEX: TensorType = { dtype: "int32", shape: [] };
const FLAG: TensorType = { dtype: "bool", shape: [] };

class LoopPull {
  private readonly attrs: LoopAttrs;
  private readonly given: ReturnType<typeof splitOperands<Value>>;
  /** Positions of what has a gradient, in each role. */
  private readonly carried: readonly number[];
  private readonly scanned: readonly number[];
  private readonly constants: readonly number[];
  /** Positions of the stacked results and of the kept ones that a cotangent came for. */
  private readonly stacked: readonly number[];
  private readonly kept: readonly number[];
  private readonly cts: ReturnType<typeof splitOutputs<Value | undefined>>;

  constructor(
    private readonly loop: LoopCall,
    private readonly inputs: readonly Value[],
    { attrs, cts, needs }: VjpContext<LoopAttrs>,
  ) {
    this.attrs = attrs;
    this.given = splitOperands(inputs, attrs);
    this.cts = splitOutputs(cts, attrs);
    const needed = splitOperands(needs, attrs);
    this.carried = floats(this.given.carried);
    this.scanned = floats(this.given.scanned).filter((k) => needed.scanned[k]);
    this.constants = floats(this.given.constants).filter((k) => needed.constants[k]);
    this.stacked = present(this.cts.stacked);
    this.kept = present(this.cts.kept);
  }

  knownCount(): Cotangents {
    const { attrs, given, cts } = this;
    const kept = splitOutputs(this.loop(this.inputs, { ...attrs, keeps: true }), {
      ...attrs,
      keeps: true,
    }).kept;
    const rows = [
      ...kept,
      ...given.scanned,
      ...this.stacked.map((k) => cts.stacked[k]!),
      ...this.kept.map((k) => cts.kept[k]!),
    ];
    const started = [...this.cotangentsOfCarried(), ...this.zeroSums()];
    const made = this.loop([...started, ...rows, ...given.constants], {
      body: this.reverseBody(),
      count: attrs.count,
      carried: started.length,
      scanned: rows.length,
      reverse: !attrs.reverse,
      keeps: false,
    });
    return this.cotangents(made, made.slice(started.length));
  }

  /** What was kept is as long as the loop ran, and is read row by row from its end. */
  unknownCount(): Cotangents {
    const { attrs, given } = this;
    if (this.kept.length > 0 || this.constants.some((k) => isTape(given.constants[k]!))) throw secondOrder();
    const outputs = this.loop(this.inputs, { ...attrs, keeps: true });
    const { trips, kept } = splitOutputs(outputs, { ...attrs, keeps: true });
    const started: Operand[] = [
      greater(trips!, 0),
      subtract(trips!, 1),
      ...this.cotangentsOfCarried(),
      ...this.zeroSums(),
    ];
    const made = this.loop([...started, ...kept, ...given.constants], {
      body: this.rewindingBody(kept.map(({ shape, dtype }) => ({ shape, dtype }))),
      count: null,
      carried: started.length,
      scanned: 0,
      reverse: false,
      keeps: false,
    });
    return this.cotangents(made.slice(2), []);
  }

  private cotangentsOfCarried(): Operand[] {
    return this.carried.map((k) => this.cts.carried[k] ?? zerosLike(this.given.carried[k]!.type));
  }

  private zeroSums(): Operand[] {
    return this.constants.map((k) => zerosLike(this.given.constants[k]!.type));
  }

  private cotangents(made: readonly ValueLike[], rows: readonly ValueLike[]): Cotangents {
    const { given } = this;
    const sums = made.slice(this.carried.length);
    return [
      ...given.carried.map((_, k) => pick(this.carried, k, made)),
      ...given.scanned.map((_, k) => pick(this.scanned, k, rows)),
      ...given.constants.map((_, k) => pick(this.constants, k, sums)),
    ];
  }

  /** One iteration's gradients: `(…body's parameters, …cotangents) → (carried, scanned, constants)`. */
  private gradients(): Graph {
    const { body, carried, scanned } = this.attrs;
    const rows = 1 + carried;
    const wrt = [
      ...this.carried.map((k) => 1 + k),
      ...this.scanned.map((k) => rows + k),
      ...this.constants.map((k) => rows + scanned + k),
    ];
    const seeded = [...this.carried, ...this.stacked.map((k) => carried + k)];
    return vjpGraph(body, wrt, { seeded });
  }

  /** `(index, …cotangents, …sums, …rows, …constants) → (…cotangents, …sums, …gradients of scanned)`. */
  private reverseBody(): Graph {
    const { given, attrs } = this;
    const builder = new GraphBuilder(`${attrs.body.name}_backward`);
    const add_ = (types: readonly TensorType[]): Value[] => types.map((type) => builder.param(type));
    const [index] = add_([INDEX]);
    const cts = add_(this.carried.map((k) => given.carried[k]!.type));
    const sums = add_(this.constants.map((k) => given.constants[k]!.type));
    const carried = this.carriedRows(builder);
    const scanned = add_(given.scanned.map(({ type }) => rowOf(type)));
    const made = add_(this.stacked.map((k) => attrs.body.results[attrs.carried + k]!.type));
    const ofKept = add_(this.kept.map((k) => given.carried[keptCarried(attrs)[k]!]!.type));
    const constants = add_(given.constants.map(({ type }) => type));
    const results = withRecorder(builder, () => {
      const gradients = inlineGraph(this.gradients(), [
        index!,
        ...carried,
        ...scanned,
        ...constants,
        ...cts,
        ...made,
      ]);
      const split = this.splitGradients(gradients);
      const before = split.carried.map((gradient, k) => {
        const position = this.kept.findIndex((kept) => keptCarried(attrs)[kept] === this.carried[k]);
        return position < 0 ? gradient : add(gradient, ofKept[position]!);
      });
      const total = split.constants.map((gradient, k) => add(sums[k]!, gradient));
      return [...before, ...total, ...split.scanned].map(asValue);
    });
    return builder.finish(results);
  }

  private carriedRows(builder: GraphBuilder): Value[] {
    return this.given.carried.map(({ type }) => builder.param(type));
  }

  /** `(index, flag, position, …cotangents, …sums, …kept, …constants) → (flag, position, …cotangents, …sums)`. */
  private rewindingBody(tapes: readonly TensorType[]): Graph {
    const { given, attrs } = this;
    const builder = new GraphBuilder(`${attrs.body.name}_backward`);
    const params = (types: readonly TensorType[]): Value[] => types.map((type) => builder.param(type));
    const [, , position] = params([INDEX, FLAG, INDEX]);
    const cts = params(this.carried.map((k) => given.carried[k]!.type));
    const sums = params(this.constants.map((k) => given.constants[k]!.type));
    const kept = params(tapes);
    const constants = params(given.constants.map(({ type }) => type));
    const results = withRecorder(builder, () => {
      const flag = constant({ value: 1, dtype: "bool", shape: [] });
      const carried = [flag, ...kept.map((tape) => rowAt(tape, position!))];
      const gradients = inlineGraph(this.gradients(), [position!, ...carried, ...constants, ...cts]);
      const split = this.splitGradients(gradients);
      const total = split.constants.map((gradient, k) => add(sums[k]!, gradient));
      const next = subtract(position!, 1);
      return [greaterEqual(next, 0), next, ...split.carried, ...total].map(asValue);
    });
    return builder.finish(results);
  }

  private splitGradients(gradients: readonly ValueLike[]): ReturnType<typeof splitOperands<ValueLike>> {
    return splitOperands(gradients, { carried: this.carried.length, scanned: this.scanned.length });
  }
}

function floats(values: readonly Value[]): readonly number[] {
  return [...values.keys()].filter((k) => isFloat(values[k]!.dtype));
}

function present(values: readonly (Value | undefined)[]): readonly number[] {
  return [...values.keys()].filter((k) => values[k] !== undefined);
}

function pick<T>(positions: readonly number[], k: number, list: readonly T[]): T | undefined {
  const at = positions.indexOf(k);
  return at < 0 ? undefined : list[at];
}

function rowOf({ dtype, shape }: TensorType): TensorType {
  return { dtype, shape: shape.slice(1) };
}

function secondOrder(): WeftError {
  return new WeftError({
    code: "W2071",
    message: "the gradient of a while loop cannot be differentiated in reverse again",
    notes: ["what it keeps of each iteration is as long as the loop runs, which only the device knows"],
    hint: "use forLoop or scan with a fixed number of iterations, or forward mode for one of the two (jvp, jacfwd)",
  });
}
