import type { TensorType } from "@weftjs/ir";
import { executor } from "../device/current.js";
import type { Storage } from "../device/executor.js";
import { addToScope } from "../scope.js";
import { visitTensors } from "../tree/visit.js";
import { Tensor } from "../tensor.js";
import { allocate } from "./allocate.js";
import type { Computation } from "./computation.js";
import { countSkip, totals } from "./counters.js";
import { Guards } from "./guards.js";
import type { Leaf } from "./leaf.js";
import type { Session } from "./session.js";
import type { TraceTree } from "./trace-tree.js";
import { filled, matches, type Template, templateOf } from "./template.js";

/** Calls kept of one function. */
const MAX_CALLS = 4;
/** Calls in a row that were none of those: numbers that change each time make keeping them vain. */
const MAX_MISSES = 16;

/** A call that need not run again: what it was given, what it computed, and what it gave. */
interface ProvenCall {
  readonly args: readonly Template[];
  readonly guards: Guards;
  readonly leaf: Leaf;
  readonly computation: Computation;
  /** Of its outputs. */
  readonly types: readonly TensorType[];
  /** Slots of the inputs. */
  readonly inputs: readonly number[];
  readonly scalars: readonly number[];
  /** The first slots: captured tensors, and those that the function makes from data. */
  readonly held: readonly Tensor[];
  /** Its slots: those of the arguments, then the computed tensors. */
  readonly result: Template;
}

/** What a skipped call gave. */
export interface Skipped {
  readonly result: unknown;
}

/** Told of a call that has run. */
export type Learn = (session: Session, result: unknown) => void;

/**
 * The calls of a function that is proven closed: where arguments and captures are those of a known call, its JavaScript
 * need not run to know what it does.
 */
export class ProvenCalls {
  private readonly calls: ProvenCall[] = [];
  private misses = 0;

  constructor(
    private readonly f: object,
    private readonly tree: TraceTree,
  ) {}

  /** Whether another call is worth remembering. */
  get isLearning(): boolean {
    return this.misses < MAX_MISSES;
  }

  /** Queues a known call again; null where it is not known. */
  skip(args: readonly unknown[]): Skipped | null {
    for (let k = 0; k < this.calls.length; k++) {
      const call = this.calls[k]!;
      const slots: Tensor[] = [];
      if (!fits(call, args, slots) || !call.guards.hold()) continue;
      if (call.leaf.computation() !== call.computation) {
        this.calls.splice(k, 1); // A number in it has become an input since.
        return null;
      }
      this.misses = 0;
      countSkip(this.tree.counters);
      return { result: run(call, slots) };
    }
    this.misses++;
    return null;
  }

  /**
   * To be told of a call that is about to run. A path is walked once more before it is remembered: what is called a
   * single time need not be.
   */
  watch(args: readonly unknown[]): Learn {
    const guards = this.guards();
    const { recordings } = totals;
    return (session, result) => {
      if (totals.recordings === recordings) this.learn(session, args, result, guards);
    };
  }

  /** Remembers a call that took a known path, if all that it depended on can be compared. */
  private learn(session: Session, args: readonly unknown[], result: unknown, guards: Guards): void {
    const leaf = session.cursor.leaves[0];
    if (!leaf || session.escaping.length > 0 || session.openBlocks.length > 0) return;
    if (session.call?.isAsync) return; // It gives a promise, of what it computes in segments.
    if (!guards.areProven || !guards.hold()) return;
    const call = callOf(leaf, session, args, result, guards);
    if (!call) return;
    this.calls.unshift(call);
    this.calls.length = Math.min(this.calls.length, MAX_CALLS);
  }

  /** What the function depends on now. */
  guards(): Guards {
    return new Guards(this.f);
  }
}

function fits({ args, held }: ProvenCall, values: readonly unknown[], slots: Tensor[]): boolean {
  if (args.length !== values.length) return false;
  for (let k = 0; k < held.length; k++) {
    if (held[k]!.storage === null) return false;
    slots.push(held[k]!);
  }
  for (let k = 0; k < args.length; k++) if (!matches(args[k]!, values[k], slots)) return false;
  return true;
}

/** Takes the slots over: the computed tensors come after those that are there. */
function run({ computation, inputs, scalars, result, types }: ProvenCall, slots: Tensor[]): unknown {
  const contents: Storage[] = [];
  for (let k = 0; k < inputs.length; k++) contents.push(slots[inputs[k]!]!.storage!);
  const outputs: Storage[] = [];
  for (let k = 0; k < types.length; k++) outputs.push(allocate(types[k]!));
  executor().enqueue(computation.call(contents, scalars, outputs));
  for (let k = 0; k < types.length; k++) {
    const tensor = Tensor.holding(types[k]!, outputs[k]!);
    addToScope(tensor);
    slots.push(tensor);
  }
  return filled(result, slots);
}

function callOf(
  leaf: Leaf,
  session: Session,
  args: readonly unknown[],
  result: unknown,
  guards: Guards,
): ProvenCall | null {
  const given: Tensor[] = [];
  const argumentOf = (value: unknown): Template | null => {
    if (!(value instanceof Tensor) || guards.tensors.includes(value)) return guards.templateOfLeaf(value);
    if (!given.includes(value)) given.push(value);
    return { kind: "slot", slot: given.indexOf(value), type: value.type };
  };
  const templates = args.map((arg) => templateOf(arg, argumentOf));
  if (templates.includes(null) || !guards.areProven) return null;
  // What the function makes from data is the same each time: nothing that it depends on has changed.
  const made = session.inputs.tensors.filter(
    (input) => !guards.tensors.includes(input) && !given.includes(input),
  );
  const held = [...guards.tensors, ...made];
  const slots = [...held, ...given];
  const shown = templateOf(result, (value) => resultOf(value, slots, leaf));
  const types = outputTypes(leaf, result);
  if (!shown || !types) return null;
  return {
    args: templates.map((template) => shifted(template!, held.length)),
    guards,
    leaf,
    computation: leaf.computation(),
    types,
    inputs: session.inputs.tensors.map((input) => slots.indexOf(input)),
    scalars: [...session.scalars],
    held,
    result: shown,
  };
}

function resultOf(value: unknown, slots: readonly Tensor[], leaf: Leaf): Template | null {
  if (!(value instanceof Tensor)) {
    return typeof value === "object" && value !== null ? null : isFixed(value);
  }
  const known = slots.indexOf(value);
  const slot = known >= 0 ? known : leaf.outputs.indexOf(value.id) + slots.length;
  return slot < slots.length && known < 0 ? null : { kind: "slot", slot, type: value.type };
}

/** All that the leaf computes is in the result: nothing has escaped. */
function outputTypes({ outputs }: Leaf, result: unknown): readonly TensorType[] | null {
  const types = new Map<number, TensorType>();
  visitTensors(result, (tensor) => void types.set(tensor.id, tensor.type));
  return outputs.every((id) => types.has(id)) ? outputs.map((id) => types.get(id)!) : null;
}

/** A function in a result may be another one each time. */
function isFixed(value: unknown): Template | null {
  return typeof value === "function" ? null : { kind: "same", value };
}

function shifted(template: Template, by: number): Template {
  if (template.kind === "same") return template;
  if (template.kind === "slot") return { ...template, slot: template.slot + by };
  return { ...template, items: template.items.map((item) => shifted(item, by)) };
}
