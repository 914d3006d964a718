import {
  type Attrs,
  bug,
  type Op,
  type Operand,
  type Recorder,
  sameAttrs,
  sameType,
  type TensorType,
  type ValueLike,
} from "@weftjs/ir";
import type { Storage } from "../device/executor.js";
import { type Origin, Tensor, UNBOUND } from "../tensor.js";
import { inputGone, materialiseEscape } from "./escape.js";
import { describeOp, type StepType, stepLevels } from "./step-type.js";
import { CallSite, locate } from "./source-location.js";
import { freshCount, scalarsOn } from "./path.js";
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

/**
 * One outermost call of a transformed function. Ops compute nothing: each is compared with the step that
 * followed at the last call. Equal, it costs a fraction of a microsecond and gives a tensor that stands for the
 * step's output; different, the trace branches here, and only what is new is recorded.
 *
 * Concrete tensors become inputs where they are first used, arguments and captured ones alike, by position. So
 * `f(x, x)` and `f(x, y)` differ, captured variables are read anew at each call, and nothing is wrapped.
 */
export class Session implements Recorder, Origin {
  private static count: number = UNBOUND;

  readonly serial: number = ++Session.count;
  /** Tensors, not their storages: as long as something reaches this session, its inputs are not collected. */
  readonly inputs: Tensor[] = [];
  /** Values of the promoted literals on the path, in order. */
  readonly scalars: number[] = [];
  /** Tensors of steps whose outputs are known to be used after the call. */
  readonly escaping: Tensor[] = [];
  /** The differentiated functions that are running, outermost first. */
  readonly openBlocks: Block[] = [];
  cursor: TraceNode;
  isOpen = true;
  /** Where this call first left what was known: the step expected and the one that came. */
  divergence: { readonly expected: TraceNode; readonly got: TraceNode } | null = null;
  private nextId = 0;
  private readonly lent = new Map<Tensor, Storage>();
  /** New steps whose places have not been read off yet. */
  private readonly unplaced: { readonly node: TraceNode; readonly site: CallSite }[] = [];

  constructor(
    readonly tree: TraceTree,
    /** A finished session to go on from, after the step `from.node`. */
    from?: { readonly session: Session; readonly node: TraceNode },
  ) {
    this.cursor = from?.node ?? tree.root;
    if (!from) return;
    const path = pathTo(from.node);
    this.inputs.push(...from.session.inputs.slice(0, freshCount(path)));
    this.scalars.push(...scalarsOn(path, from.session));
    this.nextId = from.node.firstOutput + from.node.types.length;
  }

  record(op: Op, operands: readonly Operand[], attrs: Attrs): ValueLike | readonly ValueLike[] {
    const { children } = this.cursor;
    if (children.length > 0) {
      const node = children[0]!;
      if (node.op === op && this.matches(node, operands, attrs, null)) return this.advance(node);
    }
    return this.branch(op, operands, attrs, (usable) => describeOp(op, usable, attrs));
  }

  /** Takes a step that is no op. Gives one tensor an output. */
  mark(mark: Mark, operands: readonly Operand[], attrs: Attrs, describe: DescribeStep): readonly Tensor[] {
    const node = this.cursor.children[0];
    const outputs =
      node?.op === mark && this.matches(node, operands, attrs, null)
        ? this.advance(node)
        : this.branch(mark, operands, attrs, describe);
    return outputs as readonly Tensor[]; // All marks are nodes that give lists.
  }

  /** Whether the tensor stands for a value of this trace, and has no content. */
  owns(tensor: Tensor): boolean {
    return tensor.serial === this.serial && tensor.storage === null;
  }

  /** Keeps what the user disposed of during the call until the call is queued. */
  releaseAtEnd(tensor: Tensor, storage: Storage): void {
    this.lent.set(tensor, storage);
  }

  /** The contents of the first inputs. @throws W1004 for one that the user has given up. */
  contents(count: number, wanted: TensorType): readonly Storage[] {
    return this.inputs.slice(0, count).map((input) => {
      const storage = input.storage ?? this.lent.get(input);
      if (storage) return storage;
      throw inputGone(this.tree.name, input.type, wanted);
    });
  }

  /** Reads off where the new steps stand; to be done before anything else runs. */
  placeSteps(): void {
    for (const { node, site } of this.unplaced) node.location = site.resolve() ?? null;
    this.unplaced.length = 0;
  }

  close(): void {
    this.isOpen = false;
    for (const storage of this.lent.values()) storage.release();
    this.lent.clear();
  }

  materialise(tensor: Tensor): void {
    if (this.isOpen) throw bug("a traced value was asked for its content while its trace was being made");
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
    const inputs = this.inputs.length;
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
    if (slot.promotedAt === 0) {
      if (Object.is(slot.value, value)) return true;
      if (promoted === null || !slot.admits(value)) return false;
      promoted.push(slot);
    } else if (!slot.admits(value)) return false;
    this.scalars.push(value);
    return true;
  }

  /** Makes a concrete tensor of this type an input of the trace. */
  private bind(tensor: Tensor, type: TensorType): boolean {
    if (tensor.storage === null || tensor.serial === this.serial) return false;
    if (tensor.type !== type && !sameType(tensor.type, type)) return false;
    tensor.serial = this.serial;
    tensor.id = this.nextId++;
    this.inputs.push(tensor);
    return true;
  }

  private undo(inputs: number, scalars: number): void {
    while (this.inputs.length > inputs) {
      this.inputs.pop()!.serial = UNBOUND;
      this.nextId--;
    }
    this.scalars.length = scalars;
  }

  /** The step did not follow last time: looks among the others that have followed, or records it. */
  private branch(
    op: Op | Mark,
    operands: readonly Operand[],
    attrs: Attrs,
    describe: DescribeStep,
  ): Tensor | readonly Tensor[] {
    const usable = operands.map((operand, k) => usableOperand(op.name, operand, k));
    const expected = this.cursor.children[0];
    const known = this.findChild(op, usable, attrs);
    const node = known ?? this.recordStep(op, usable, attrs, describe);
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
        for (const slot of promoted) slot.promotedAt = this.serial;
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
  ): TraceNode {
    const site = new CallSite();
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
