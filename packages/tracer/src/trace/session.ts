import {
  type Attrs,
  type Op,
  type Operand,
  type Recorder,
  sameAttrs,
  sameType,
  type SourceLocation,
  type TensorData,
  type TensorType,
  type ValueLike,
} from "@weftjs/ir";
import type { Storage } from "../device/executor.js";
import { type Origin, Tensor, UNBOUND } from "../tensor.js";
import type { Call } from "./call.js";
import { EarlierValue } from "./earlier-value.js";
import { materialiseEscape } from "./escape.js";
import { SessionInputs } from "./session-inputs.js";
import { describeOp, type StepType, stepLevels } from "./step-type.js";
import { CallSite, locate } from "./source-location.js";
import { otherCall } from "./other-call.js";
import { freshCount, promotedOn, scalarsOf } from "./path.js";
import {
  type Block,
  FRESH,
  isWhole,
  LITERAL,
  LiteralSlot,
  type Mark,
  pathTo,
  TraceNode,
} from "./trace-node.js";
import type { TraceTree } from "./trace-tree.js";
import { copyAttrs } from "./copy-attrs.js";
import { count } from "./counters.js";
import { usableOperand } from "./usable-operand.js";

/** Gives the type of a step that has not been seen before. */
export type DescribeStep = (operands: readonly (Tensor | number)[]) => StepType;

/** What a session goes on from. */
export interface Start {
  readonly session: Session;
  readonly node: TraceNode;
  /** Whether it is a step in the middle, whose session has finished; else the values before the step are inputs. */
  readonly isReopened: boolean;
}

/**
 * One outermost call of a transformed function, or one segment of it where the function is async and waits for the
 * content of a tensor. Ops compute nothing: each is compared with the step that
 * followed at the last call. Equal, it costs a fraction of a microsecond and gives a tensor that stands for the
 * step's output; different, the trace branches here, and only what is new is recorded.
 *
 * Concrete tensors become inputs where they are first used, arguments and captured ones alike, by position. So
 * `f(x, x)` and `f(x, y)` differ, captured variables are read anew at each call, and nothing is wrapped.
 */
export class Session implements Recorder, Origin {
  private static count: number = UNBOUND;
  /** The one that bound inputs last. */
  private static latest: Session | null = null;

  readonly serial: number = ++Session.count;
  readonly inputs: SessionInputs = new SessionInputs();
  /** Values of the promoted literals on the path, in order. */
  readonly scalars: number[] = [];
  /** Those literals. */
  readonly slots: LiteralSlot[] = [];
  /** Tensors of steps whose outputs are known to be used after the segment. */
  readonly escaping: Tensor[] = [];
  /** Those of them that are known to be used after the call. */
  readonly outliving: Set<Tensor> = new Set();
  /** The differentiated functions that are running, in the order of their depths. */
  readonly openBlocks: Block[] = [];
  /** By id: what reads have computed of the trace so far, held by tensors of their own. */
  readonly saved: Map<number, Tensor> = new Map();
  /** Whether it has gone on after a read. */
  hasReads = false;
  /** Null where only the trace is wanted. */
  call: Call | null = null;
  cursor: TraceNode;
  isOpen = true;
  /** Where this call first left what was known: the step expected and the one that came. */
  divergence: { readonly expected: TraceNode; readonly got: TraceNode } | null = null;
  private nextId = 0;
  /** New steps whose places have not been read off yet. */
  private readonly unplaced: { readonly node: TraceNode; readonly site: CallSite }[] = [];

  constructor(
    readonly tree: TraceTree,
    start?: Start,
  ) {
    Session.latest = this;
    this.cursor = start?.node ?? tree.root;
    if (!start) return;
    const { session, node } = start;
    this.divergence = session.divergence;
    this.nextId = node.firstOutput + node.types.length;
    if (!start.isReopened) return;
    const path = pathTo(node);
    this.inputs.addFrom(session.inputs, freshCount(path));
    this.slots.push(...promotedOn(path));
    this.scalars.push(...scalarsOf(this.slots, session));
  }

  record(op: Op, operands: readonly Operand[], attrs: Attrs): ValueLike | readonly ValueLike[] {
    const { children } = this.cursor;
    if (children.length > 0) {
      const node = children[0]!;
      if (node.op === op && this.matches(node, operands, attrs, null)) return this.advance(node);
    }
    return this.branch(op, operands, attrs, (usable) => describeOp(op, usable, attrs));
  }

  /** The content of a tensor, for code of the call. */
  read(tensor: Tensor): Promise<TensorData> {
    return this.call!.read(tensor, true);
  }

  /** The content of a tensor of this trace, for code that runs outside of it. */
  readOutside(tensor: Tensor): Promise<TensorData> {
    return this.call!.read(tensor, false);
  }

  /** Takes a step that is no op. Gives one tensor an output. `site` is where it stands, if not here. */
  mark(
    mark: Mark,
    operands: readonly Operand[],
    attrs: Attrs,
    describe: DescribeStep,
    site?: CallSite,
  ): readonly Tensor[] {
    const node = this.cursor.children[0];
    const outputs =
      node?.op === mark && this.matches(node, operands, attrs, null)
        ? this.advance(node)
        : this.branch(mark, operands, attrs, describe, site);
    return outputs as readonly Tensor[]; // All marks are nodes that give lists.
  }

  /** Whether the tensor stands for a value of this trace, and has no content. */
  owns(tensor: Tensor): boolean {
    return tensor.origin === this && tensor.storage === null;
  }

  /** Whether a tensor without content can be an operand here. */
  takes(tensor: Tensor): boolean {
    if (tensor.origin === this) return this.isOpen;
    return this.inputs.isDeferred(tensor) || this.earlierValue(tensor) !== null;
  }

  /** How many values the trace has so far. */
  get valueCount(): number {
    return this.nextId;
  }

  /** Whether the tensor is an input. Such a tensor may be bound elsewhere since. */
  borrows(tensor: Tensor): boolean {
    return this.inputs.tensors.includes(tensor);
  }

  /** Keeps the content of what the user disposed of as long as it may be needed. Takes over the reference. */
  releaseAtEnd(tensor: Tensor, storage: Storage): void {
    this.inputs.lend(tensor, storage);
  }

  /** The contents of the first inputs. @throws W1004 for one that the user has given up. */
  contents(count: number, wanted: TensorType): readonly Storage[] {
    return Array.from({ length: count }, (_, k) => this.inputs.contentOf(k, this.tree.name, wanted));
  }

  /** Has the inputs bound again that another session has bound since; before it goes on. */
  reclaim(): void {
    if (Session.latest === this) return;
    Session.latest = this;
    this.inputs.rename(this.serial);
  }

  /** Takes the block from those that are open. */
  leave(block: Block): void {
    this.openBlocks.splice(this.openBlocks.indexOf(block), 1);
    this.call?.leftBlock();
  }

  /** The step that made a value. */
  producer(id: number): TraceNode {
    let node = this.cursor;
    while (node.firstOutput > id) node = node.parent!;
    return node;
  }

  /** How many new steps have no place yet. */
  get unplacedCount(): number {
    return this.unplaced.length;
  }

  /** Says where the new steps stand, but for the first `from`: at `place`, or where they were called from. */
  placeSteps(from = 0, place?: SourceLocation): void {
    // To be done before anything else runs: call sites hold on to the stack.
    for (const { node, site } of this.unplaced.splice(from)) node.location = place ?? site.resolve() ?? null;
  }

  /** The end of a segment: values that are used later are computed from its inputs. */
  cut(): void {
    this.isOpen = false;
    for (const held of this.saved.values()) held.dispose();
    this.saved.clear();
  }

  /** The end of the call. What it kept for the user is gone. */
  close(): void {
    this.cut();
    this.inputs.release();
  }

  materialise(tensor: Tensor): void {
    materialiseEscape(this, tensor);
  }

  private advance(node: TraceNode): Tensor | readonly Tensor[] {
    this.cursor = node;
    const { types } = node;
    if (node.givesList) return types.map((type) => this.output(node, type));
    return this.output(node, types[0]!);
  }

  private output(node: TraceNode, type: TensorType): Tensor {
    const tensor = new Tensor(type, null, this, this.serial, this.nextId++, node.opens ?? node.level);
    if (node.escapes) this.escaping.push(tensor);
    if (node.outlivesCall) this.outliving.add(tensor);
    return tensor;
  }

  /**
   * Whether the operands and attributes are those of `node`; if so, its fresh inputs and scalars are bound. With
   * `promoted`, a number may differ from the one baked in, and its slot is added to the list.
   */
  private matches(
    node: TraceNode,
    operands: readonly Operand[],
    attrs: Attrs,
    promoted: LiteralSlot[] | null,
  ): boolean {
    const { codes } = node;
    if (operands.length !== codes.length || !sameAttrs(node.attrs, attrs)) return false;
    const inputs = this.inputs.tensors.length;
    const scalars = this.scalars.length;
    for (let k = 0; k < codes.length; k++) {
      const code = codes[k]!;
      const operand = operands[k] as Tensor | number | undefined;
      if (code >= 0) {
        // What is no tensor has no serial; a tensor that is gone has one of its own.
        if ((operand as Tensor | undefined)?.serial === this.serial && (operand as Tensor).id === code)
          continue;
      } else if (code === LITERAL) {
        if (typeof operand === "number" && this.fits(node.literals[k]!, operand, promoted)) continue;
      } else if (operand instanceof Tensor && this.bind(operand, node.freshTypes[k]!)) {
        continue;
      }
      this.undo(inputs, scalars);
      return false;
    }
    return true;
  }

  private fits(slot: LiteralSlot, value: number, promoted: LiteralSlot[] | null): boolean {
    if (!slot.isPromoted) {
      if (Object.is(slot.value, value)) return true;
      if (promoted === null || !slot.admits(value)) return false;
      promoted.push(slot);
    } else if (!slot.admits(value)) return false;
    this.scalars.push(value);
    this.slots.push(slot);
    return true;
  }

  /** Makes a tensor of this type an input of the trace: one with content, or of an earlier segment. */
  private bind(tensor: Tensor, type: TensorType): boolean {
    if (tensor.serial === this.serial) return false;
    const earlier = tensor.storage === null ? this.earlierValue(tensor) : null;
    if (tensor.storage === null && earlier === null) return false;
    if (tensor.type !== type && !sameType(tensor.type, type)) return false;
    this.inputs.add(tensor, this.serial, this.nextId++, earlier);
    return true;
  }

  /** What a tensor stands for that an earlier segment of the call has made and not computed. */
  private earlierValue({ origin, level, serial, id }: Tensor): EarlierValue | null {
    if (!(origin instanceof Session) || origin.isOpen || level !== null) return null;
    return origin.call !== null && origin.call === this.call ? new EarlierValue(origin, serial, id) : null;
  }

  private undo(inputs: number, scalars: number): void {
    for (; this.inputs.tensors.length > inputs; this.nextId--) this.inputs.removeLast();
    this.scalars.length = scalars;
    this.slots.length = scalars;
  }

  /** The step did not follow last time: looks among the others that have followed, or records it. */
  private branch(
    op: Op | Mark,
    operands: readonly Operand[],
    attrs: Attrs,
    describe: DescribeStep,
    site?: CallSite,
  ): Tensor | readonly Tensor[] {
    const other = otherCall(this, op, operands);
    if (other) return other.record(op as Op, operands, attrs) as Tensor | readonly Tensor[]; // Of a session: Tensors.
    const usable = operands.map((operand, k) => usableOperand(op.name, operand, k, this));
    const expected = this.cursor.children[0];
    const known = this.findChild(op, usable, attrs);
    const node = known ?? this.recordStep(op, usable, attrs, describe, site ?? new CallSite());
    if (expected && !known) this.divergence ??= { expected, got: node };
    return this.advance(node);
  }

  private findChild(
    op: Op | Mark,
    operands: readonly (Tensor | number)[],
    attrs: Attrs,
  ): TraceNode | undefined {
    const { children } = this.cursor;
    const promoted: LiteralSlot[] = [];
    for (const pending of [null, promoted]) {
      for (let k = 0; k < children.length; k++) {
        const node = children[k]!;
        promoted.length = 0;
        if (node.op !== op || !this.matches(node, operands, attrs, pending)) continue;
        for (const slot of promoted) slot.isPromoted = true;
        if (promoted.length > 0) this.tree.forgetBuilds(node);
        children.splice(k, 1);
        children.unshift(node);
        return node;
      }
    }
    return undefined;
  }

  private recordStep(
    op: Op | Mark,
    operands: readonly (Tensor | number)[],
    attrs: Attrs,
    describe: DescribeStep,
    site: CallSite,
  ): TraceNode {
    const step = locate(site, () => ({
      ...stepLevels(op.name, operands, this.openBlocks),
      ...describe(operands),
    }));
    const codes = operands.map((operand) => this.codeOf(operand));
    const node = new TraceNode(
      this.cursor,
      op,
      codes,
      codes.map((code, k) => (code === FRESH ? (operands[k] as Tensor).type : undefined)),
      operands.map((operand, k) => (typeof operand === "number" ? literal(operand, step, k) : undefined)),
      copyAttrs(attrs),
      step.outputs,
      this.nextId,
      step.givesList,
      step.level,
      step.depths,
      step.opens ?? null,
    );
    this.cursor.children.unshift(node);
    this.unplaced.push({ node, site });
    count(this.tree.counters, "recordings");
    return node;
  }

  private codeOf(operand: Tensor | number): number {
    if (typeof operand === "number") return LITERAL;
    if (operand.serial === this.serial) return operand.id;
    this.bind(operand, operand.type);
    return FRESH;
  }
}

function literal(value: number, step: StepType, k: number): LiteralSlot {
  return new LiteralSlot(value, step.operandTypes[k]!.dtype, step.dependsOnWhole ? isWhole(value) : null);
}
