import {
  decodeElements,
  type DType,
  elementCount,
  formatType,
  nestedElements,
  type NestedNumbers,
  type Shape,
  type TensorData,
  type TensorType,
  WeftError,
} from "@weftjs/ir/core";
import type { Claim } from "../reclamation.js";
import type { RuntimeCore } from "../runtime-core.js";
import type { Storage } from "../storage.js";
import { tensorGone } from "./module-errors.js";

/** By which the tensors of other modules are known, each of which has a class of its own. */
const MARK = Symbol.for("weft.precompiled.tensor");

/** Whether a value is a tensor of a precompiled module, of this one or another. */
export function isModuleTensor(value: object): boolean {
  return MARK in value;
}

/**
 * A result of a precompiled function, on the device: it can be given to the next call as it is, read with an `await`,
 * and disposed of; what is dropped is collected. Row-major, never changed once made.
 */
export class DeviceTensor {
  readonly #runtime: RuntimeCore;
  readonly #type: TensorType;
  readonly #claim: Claim;
  #storage: Storage | null;
  /** The function that consumed it. */
  #consumer: string | null = null;

  /** Takes over one reference of the storage. */
  constructor(runtime: RuntimeCore, type: TensorType, storage: Storage) {
    this.#runtime = runtime;
    this.#type = type;
    this.#storage = storage;
    this.#claim = runtime.track(this, storage);
  }

  get dtype(): DType {
    return this.#type.dtype;
  }

  get shape(): Shape {
    return this.#type.shape;
  }

  get size(): number {
    return elementCount(this.#type.shape);
  }

  /** The elements, row-major, in the typed array of the dtype; of bool a `Uint8Array` of 0 and 1. @throws W4050, W4051 */
  async data(): Promise<TensorData> {
    return decodeElements(await this.#runtime.read(this.content()), this.#type);
  }

  /** The one element as a number. @throws W2104 where there is not exactly one. */
  async item(): Promise<number> {
    if (this.size !== 1) {
      throw new WeftError({
        code: "W2104",
        message: `item() needs a tensor of one element, got ${this.#text()}`,
        hint: "use await x.data() or await x.toArray()",
      });
    }
    return (await this.data())[0]!;
  }

  /** The elements as nested arrays; a plain number for a scalar. */
  async toArray(): Promise<NestedNumbers> {
    return nestedElements(await this.data(), this.#type.shape);
  }

  /** Frees the memory now instead of when the tensor is collected. */
  dispose(): void {
    this.#storage = null;
    this.#claim.release();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  toString(): string {
    return `Tensor ${this.#text()}`;
  }

  /** The content. @throws W4050, W4051 where it was given up. */
  content(): Storage {
    if (this.#storage) return this.#storage;
    throw tensorGone(this.#consumer, this.#text());
  }

  /** The call of this name has taken the tensor for good. */
  consume(consumer: string): void {
    this.#consumer = consumer;
    this.dispose();
  }

  isOn(runtime: RuntimeCore): boolean {
    return this.#runtime === runtime;
  }

  #text(): string {
    return formatType(this.#type);
  }
}

Object.defineProperty(DeviceTensor.prototype, MARK, { value: true });
