import {
  type Attrs,
  completeAttrs,
  GraphBuilder,
  type Op,
  type Operand,
  type Recorder,
  sameAttrs,
  sameType,
  type TensorType,
  type ValueLike,
} from "@weftjs/ir";
import { executor } from "./device/current.js";
import { addToScope } from "./scope.js";
import { Tensor, UNBOUND } from "./tensor.js";
import { allocate } from "./trace/allocate.js";
import { Computation } from "./trace/computation.js";
import { scalarDType } from "./trace/scalar-dtype.js";
import { describeOp } from "./trace/step-type.js";
import { copyAttrs } from "./trace/copy-attrs.js";
import { CallSite, locate } from "./trace/source-location.js";
import { isWhole, LiteralSlot } from "./trace/trace-node.js";
import { callOf } from "./trace/run-session.js";
import { usableOperand } from "./trace/usable-operand.js";
import { waitingCalls } from "./trace/waiting-calls.js";

/** Compiled calls kept of one op; the least recently used goes first. */
const MAX_ENTRIES = 128;

interface Entry {
  /** By operand: the type of a tensor, or for a number one that was there and the dtype that it adopted. */
  readonly operands: readonly (TensorType | LiteralSlot)[];
  readonly attrs: Attrs;
  readonly outputs: readonly TensorType[];
  readonly givesList: boolean;
  readonly computation: Computation;
}

/**
 * Ops called outside of every transformed function: each is queued at once as a computation of one op. Numbers are
 * passed at run time, so that a new one compiles nothing.
 */
export class EagerRecorder implements Recorder {
  readonly isEager = true;
  private readonly entries = new Map<Op, Entry[]>();

  record(op: Op, given: readonly Operand[], attrs: Attrs): ValueLike | readonly ValueLike[] {
    if (waitingCalls.size > 0) {
      const call = callOf(given);
      if (call) return call.record(op, given, attrs);
    }
    const operands = given.map((operand, k) => usableOperand(op.name, operand, k, null));
    const entry = this.find(op, operands, attrs) ?? this.add(op, operands, attrs);
    const storages = entry.outputs.map(allocate);
    const inputs = operands
      .filter((operand) => typeof operand !== "number")
      .map((operand) => operand.content());
    const scalars = operands.filter((operand) => typeof operand === "number");
    executor().enqueue(entry.computation.call(inputs, scalars, storages));
    const tensors = entry.outputs.map((type, k) => {
      const tensor = new Tensor(type, null, null, UNBOUND, 0, null);
      tensor.settle(storages[k]!);
      addToScope(tensor);
      return tensor;
    });
    return entry.givesList ? tensors : tensors[0]!;
  }

  private find(op: Op, operands: readonly (Tensor | number)[], attrs: Attrs): Entry | undefined {
    const entries = this.entries.get(op);
    if (!entries) return undefined;
    for (let k = 0; k < entries.length; k++) {
      const entry = entries[k]!;
      if (!fits(entry, operands, attrs)) continue;
      if (k > 0) entries.unshift(...entries.splice(k, 1));
      return entry;
    }
    return undefined;
  }

  private add(op: Op, operands: readonly (Tensor | number)[], given: Attrs): Entry {
    const attrs = copyAttrs(given);
    const step = locate(new CallSite(), () => describeOp(op, operands, attrs));
    const entry: Entry = {
      operands: operands.map((operand, k) =>
        typeof operand === "number"
          ? new LiteralSlot(operand, step.operandTypes[k]!.dtype, isWhole(operand))
          : operand.type,
      ),
      attrs,
      outputs: step.outputs,
      givesList: step.givesList,
      computation: new Computation(op.name, graphOf(op, operands, attrs, step.operandTypes), true),
    };
    const entries = this.entries.get(op) ?? [];
    this.entries.set(op, entries);
    entries.unshift(entry);
    entries.length = Math.min(entries.length, MAX_ENTRIES);
    return entry;
  }
}

function fits(entry: Entry, operands: readonly (Tensor | number)[], attrs: Attrs): boolean {
  if (entry.operands.length !== operands.length || !sameAttrs(entry.attrs, attrs)) return false;
  for (let k = 0; k < operands.length; k++) {
    const [known, operand] = [entry.operands[k]!, operands[k]!];
    if (typeof operand === "number") {
      if (!(known instanceof LiteralSlot) || !known.admits(operand)) return false;
    } else if (known instanceof LiteralSlot || !sameType(known, operand.type)) return false;
  }
  return true;
}

function graphOf(
  op: Op,
  operands: readonly (Tensor | number)[],
  attrs: Attrs,
  types: readonly TensorType[],
): Computation["graph"] {
  const builder = new GraphBuilder(op.name);
  const params = operands.map((operand, k) => {
    if (typeof operand !== "number") return builder.param(operand.type);
    const { dtype } = types[k]!;
    const scalar = builder.param({ dtype: scalarDType(dtype), shape: [] }, null, "scalar");
    return builder.bring(scalar, { dtype, shape: [] });
  });
  const made = builder.record(op, params, completeAttrs(op.defaults, attrs));
  return builder.finish("type" in made ? [made] : made);
}
