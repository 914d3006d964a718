import {
  asValue,
  bug,
  type Graph,
  GraphBuilder,
  type Op,
  type Operand,
  type TensorType,
  astype,
  type Value,
  withRecorder,
} from "@weftjs/ir";
import { MarkBuilder } from "./build-marks.js";
import { Frame, type Frames } from "./frame.js";
import type { Part } from "./part.js";
import { scalarDType } from "./scalar-dtype.js";
import {
  type Block,
  FRESH,
  isMark,
  LITERAL,
  type LiteralSlot,
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

class PathBuilder implements Frames {
  private readonly outer: Frame;
  private readonly frames = new Map<Block, Frame>();
  private readonly marks = new MarkBuilder(this);
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
    if (isMark(node.op)) this.marks.add(node, node.op);
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

  define(frame: Frame, node: TraceNode, values: readonly Value[]): void {
    values.forEach((value, k) => {
      const id = node.firstOutput + k;
      if (!frame.values.has(id)) frame.values.set(id, value); // It may be there already.
    });
  }

  open(block: Block, begin: TraceNode): Frame | undefined {
    if (this.part?.openBlocks.includes(block)) return this.openInline(block, begin);
    const frame = new Frame(new GraphBuilder(), begin);
    this.frames.set(block, frame);
    return frame;
  }

  /** Of a function that has not returned: its arguments are what it was given, its steps are the caller's. */
  private openInline(block: Block, begin: TraceNode): undefined {
    const { outer } = this;
    this.frames.set(block, outer);
    const values = this.operandsIn(outer, begin).map((operand, k) =>
      outer.builder.bring(operand, begin.types[k]!),
    );
    this.define(outer, begin, values);
  }

  typeOf(id: number): TensorType {
    return this.types.get(id)!;
  }

  frameOf(block: Block | null): Frame {
    if (block === null) return this.outer;
    const frame = this.frames.get(block) ?? (this.part?.openBlocks.includes(block) ? this.outer : undefined);
    if (!frame) throw bug("a step stands in a function that has not begun");
    return frame;
  }

  operandsIn(frame: Frame, node: TraceNode): Operand[] {
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

  valueIn(frame: Frame, id: number): Value {
    const known = frame.values.get(id);
    if (known) return known;
    if (!frame.begin) throw bug("a value of an inner function was asked for outside it");
    const param = frame.builder.param(this.types.get(id)!);
    frame.values.set(id, param);
    frame.captured.push(id);
    return param;
  }
}
