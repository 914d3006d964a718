import {
  currentRecorder,
  decodeElements,
  type DType,
  elementCount,
  formatType,
  nestedElements,
  type NestedNumbers,
  type Shape,
  type TensorData,
  type TensorType,
  type ValueLike,
  type WeftError,
} from "@weftjs/ir";
import { executor } from "./device/current.js";
import type { Claim } from "@weftjs/runtime";
import type { Storage } from "./device/executor.js";
import type { Block } from "./trace/trace-node.js";
import { totals } from "./trace/counters.js";
import { userError } from "./trace/user-error.js";
import { type Lender, waitingCalls } from "./trace/waiting-calls.js";

/** Whoever knows how a tensor without content of its own comes to one. */
export interface Origin {
  /** Gives the tensor its storage, or throws the user error that says why it can have none. */
  materialise(tensor: Tensor): void;
}

/** The serial of a tensor that is in no trace. Traces count from 1. */
export const UNBOUND = 0;
const GONE = -1;

/**
 * A multidimensional array of numbers on the device. Row-major, never changed once made. Inside a traced function
 * it stands for a value that is computed when the function's outermost call ends; it has its shape and dtype
 * at once either way.
 */
export class Tensor implements ValueLike {
  /** @internal */ readonly type: TensorType;
  /** @internal The content; null while the tensor is only traced, and once it is gone. */
  storage: Storage | null;
  /** @internal Asked for the content where there is none. */
  origin: Origin | null;
  /** @internal The trace in which `id` names this tensor. */
  serial: number;
  /** @internal */ id: number;
  /** @internal The innermost differentiated function that the value depends on; null for none. */
  level: Block | null;
  /** The reference of the storage, while there is one. */
  private claim: Claim | null;

  /** @internal Tensors are made by `tensor`, `zeros` and their kin, and by ops. */
  constructor(
    type: TensorType,
    storage: Storage | null,
    origin: Origin | null,
    serial: number,
    id: number,
    level: Block | null,
  ) {
    this.type = type;
    this.storage = storage;
    this.origin = origin;
    this.serial = serial;
    this.id = id;
    this.level = level;
    this.claim = null;
  }

  /** The type of the elements. */
  get dtype(): DType {
    return this.type.dtype;
  }

  /** The size of each axis; empty for a scalar. */
  get shape(): Shape {
    return this.type.shape;
  }

  /** How many axes. */
  get ndim(): number {
    return this.type.shape.length;
  }

  /** How many elements. */
  get size(): number {
    return elementCount(this.type.shape);
  }

  /**
   * The elements, row-major, in the typed array of the dtype: `Float32Array` (float16 too), `Int32Array`,
   * `Uint32Array`, for bool a `Uint8Array` of 0 and 1, `Float64Array`. Waits until they are computed: in a traced async
   * function by having what is recorded so far computed, in a differentiated one for the values of the arguments.
   *
   * @throws W4050 after `dispose()`, W4051 after a donation, W1003 and W1004 for a value that left its call and
   * cannot be computed any more; W1040 for one that differs between the elements of a `vmap`.
   */
  data(): Promise<TensorData> {
    const recorder = currentRecorder() as Partial<Reader>;
    if (recorder.read) return recorder.read(this);
    const origin = this.origin as (Origin & Partial<Reader>) | null;
    if (this.storage === null && origin?.isOpen) return origin.readOutside!(this);
    totals.reads++;
    return readContent(this);
  }

  /** The one element as a number (bool as 0 or 1). @throws W2104 if there is not exactly one. */
  async item(): Promise<number> {
    if (this.size !== 1) {
      throw userError({
        code: "W2104",
        message: `item() needs a tensor of one element, got ${formatType(this.type)}`,
        hint: "use await x.data() or await x.toArray()",
      });
    }
    return (await this.data())[0]!;
  }

  /** The elements as nested arrays; a plain number for a scalar. */
  async toArray(): Promise<NestedNumbers> {
    return nestedElements(await this.data(), this.type.shape);
  }

  /** @internal The storage, computed now where the tensor left its trace. */
  content(): Storage {
    if (this.storage === null) this.origin!.materialise(this);
    return this.storage!;
  }

  /** @internal A tensor that holds a content for the library. Takes over the one reference. */
  static holding(type: TensorType, storage: Storage): Tensor {
    const tensor = new Tensor(type, null, null, UNBOUND, 0, null);
    tensor.fill(storage);
    return tensor;
  }

  /** @internal Whether the content was given up. */
  get isGone(): boolean {
    return this.serial === GONE;
  }

  /** @internal The tensor becomes an ordinary one with this content, of which it takes over the one reference. */
  settle(storage: Storage): void {
    this.fill(storage);
    this.serial = UNBOUND;
    this.level = null;
  }

  /** @internal The tensor has this content from now on, and is bound as it was. Takes over the one reference. */
  fill(storage: Storage): void {
    this.storage = storage;
    this.origin = null;
    this.claim = executor().track(this, storage);
  }

  /** @internal Gives up the content; every later use throws what `reason` throws. */
  expire(reason: Origin): void {
    this.giveBack(reason, GONE);
  }

  /** @internal Gives the content back, which `origin` can compute again. */
  giveBack(origin: Origin, serialAfter: number = UNBOUND): void {
    const { storage, serial } = this;
    this.origin = origin;
    this.serial = serialAfter;
    if (storage === null) return;
    this.storage = null;
    this.claim!.take();
    this.claim = null;
    for (const lender of lendersOf(this, serial)) {
      storage.retain();
      lender.releaseAtEnd(this, storage);
    }
    storage.release();
  }

  /** Frees the memory now instead of when the tensor is collected. Later uses throw W4050; a second call does nothing. */
  dispose(): void {
    if (this.serial !== GONE) this.expire(DISPOSED);
  }

  /** `dispose()`, at the end of the block of a `using` declaration. */
  [Symbol.dispose](): void {
    this.dispose();
  }

  /** JavaScript asks for a number or a string: there is none to give without waiting. @throws W1001 */
  [Symbol.toPrimitive](wanted: "number" | "string" | "default"): never {
    throw usedAsPrimitive(this, wanted);
  }

  /** For consoles: the type, never the elements. */
  toString(): string {
    return `Tensor ${formatType(this.type)}`;
  }

  /** A tensor has no JSON without waiting. @throws W1001 */
  toJSON(): never {
    throw usedAsPrimitive(this, "string");
  }
}

/** The traces in which the content of a bound tensor may still be needed. */
function lendersOf(tensor: Tensor, serial: number): ReadonlySet<Lender> {
  const recorder = currentRecorder() as Partial<Lender> & { readonly serial?: number };
  const lenders = new Set<Lender>();
  if (recorder.serial === serial && recorder.releaseAtEnd) lenders.add(recorder as Lender);
  for (const call of waitingCalls) for (const lender of call.lendersOf(tensor)) lenders.add(lender);
  return lenders;
}

async function readContent(tensor: Tensor): Promise<TensorData> {
  return decodeElements(await executor().read(tensor.content()), tensor.type);
}

/** A trace, whose tensors have content when their turn comes. */
interface Reader {
  readonly isOpen: boolean;
  read(tensor: Tensor): Promise<TensorData>;
  readOutside(tensor: Tensor): Promise<TensorData>;
}

const DISPOSED: Origin = {
  materialise(tensor) {
    throw userError({
      code: "W4050",
      message: `a disposed tensor was used (${formatType(tensor.type)})`,
      hint: "dispose it after its last use; keep(x) exempts it from tidy",
    });
  },
};

function usedAsPrimitive(tensor: Tensor, wanted: "number" | "string" | "default"): WeftError {
  const what = wanted === "string" ? "string or a key" : "number";
  return userError({
    code: "W1001",
    message: `a tensor was used as a JavaScript ${what} (${formatType(tensor.type)})`,
    notes: ["its elements are on the device; JavaScript's own operators cannot wait for them"],
    hint: "write add(a, b) or a.add(b) for a + b, where(c, a, b) for a choice; await x.item() gives the number",
  });
}
