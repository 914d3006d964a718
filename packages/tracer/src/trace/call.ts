import {
  type Attrs,
  decodeElements,
  type Op,
  type Operand,
  swapRecorder,
  type TensorData,
  type ValueLike,
} from "@weftjs/ir";
import { executor } from "../device/current.js";
import type { Storage } from "../device/executor.js";
import type { Tensor } from "../tensor.js";
import { visitTensors } from "../tree/visit.js";
import { checkReadable } from "./check-readable.js";
import type { Computation } from "./computation.js";
import { finishCall, type NameInputs } from "./finish-call.js";
import type { EarlierValue } from "./earlier-value.js";
import { isPromise } from "./is-promise.js";
import { endSegment } from "./segment.js";
import type { Session } from "./session.js";
import { CallSite } from "./source-location.js";
import { type Lender, type WaitingCall, waitingCalls } from "./waiting-calls.js";
import { WeakList } from "./weak-list.js";
import { refreshRecorder, type WindowOwner, Windows } from "./windows.js";

/** A request for the content of a tensor, not yet served. */
export interface Read {
  readonly tensor: Tensor;
  /** Where the user asked. */
  readonly site: CallSite;
  /** Whether code of the call asked, and is to go on in it. */
  readonly isInside: boolean;
  resolve(data: TensorData): void;
  reject(error: unknown): void;
}

export interface CallOptions {
  readonly nameInputs: NameInputs;
  /** Runs when the function has come to its result. */
  readonly afterwards?: ((result: unknown, session: Session) => void) | undefined;
  /** Told of each computation as it is queued. Such a call is not counted. */
  readonly onCompute?: (computation: Computation) => void;
}

/**
 * One outermost call of a transformed function: the session that its ops are recorded in, and, where the function is
 * async, all that it takes to go on after an `await`. Then a read of a traced tensor ends a segment: what is
 * recorded is computed, and the code goes on in a window of the call, in another session or the same one.
 */
export class Call implements WindowOwner, WaitingCall {
  isOpen = true;
  /** Whether the function gave a promise. */
  isAsync = false;
  /** Milliseconds of JavaScript in windows; measured where somebody looks on. */
  spent = 0;
  private enteredAt = 0;
  private hasReturned = false;
  private readonly windows = new Windows(this);
  private pending: Read[] = [];
  /** Sessions of earlier segments; what is used of them keeps them. */
  private readonly segments = new WeakList<Session>();
  private readonly results = new Set<Tensor>();
  /** Tensors that have content because the call itself needed it. */
  private readonly transient = new WeakList<Tensor, EarlierValue>();

  constructor(
    /** That of the segment that is running. */
    public session: Session,
    readonly options: CallOptions,
  ) {
    session.call = this;
  }

  /**
   * Runs the function, with its op calls traced, up to its end or to where it first waits, then queues the computation.
   * An exception leaves the tree usable and the recorder as it was.
   */
  run<T>(body: () => T): T {
    const result = this.start(body);
    if (isPromise(result)) return this.finishLater(result) as T; // A promise of the same.
    this.finish(result);
    return result;
  }

  /** Runs the function up to its end or to where it first waits, with its op calls traced, and computes nothing. */
  start<T>(body: () => T): T {
    const { session } = this;
    try {
      if (session.tree.history.isAsync) return this.windows.run(body);
      const previous = swapRecorder(session);
      try {
        return body();
      } finally {
        swapRecorder(previous);
        session.placeSteps();
      }
    } catch (error) {
      this.returned();
      throw error;
    }
  }

  /** Ends the call when the promise that the function gave is settled. */
  finishLater<T>(promise: PromiseLike<T>): Promise<T> {
    this.isAsync = true;
    this.session.tree.history.isAsync = true;
    waitingCalls.add(this);
    return new Promise((resolve, reject) => {
      promise.then(
        (value) => {
          try {
            this.finish(value);
            resolve(value);
          } catch (error) {
            reject(error);
          }
        },
        (error: unknown) => {
          this.returned();
          reject(error);
        },
      );
    });
  }

  /** The function has come to its end, or is given up. */
  returned(): void {
    this.hasReturned = true;
    this.closeIfDone();
  }

  /** Runs code of the call that is not caused by what ran before, such as a function that gets a value of it. */
  runInside<T>(body: () => T): T {
    return this.windows.run(body);
  }

  /** Records an op that came where no window of the call is open. */
  record(op: Op, operands: readonly Operand[], attrs: Attrs): ValueLike | readonly ValueLike[] {
    this.session.reclaim();
    try {
      return this.session.record(op, operands, attrs);
    } finally {
      this.session.placeSteps();
    }
  }

  /** `finish` of what a promise in the call comes to; `always` runs before, at the end or the failure. */
  follow<T, R>(promise: PromiseLike<T>, finish: (value: T) => R, always: () => void): Promise<R> {
    return new Promise((resolve, reject) => {
      const settle = (body: () => void): void => this.windows.run(body);
      promise.then(
        (value) =>
          settle(() => {
            try {
              resolve(finish(value));
            } catch (error) {
              reject(error);
            }
          }),
        (error: unknown) =>
          settle(() => {
            always();
            reject(error);
          }),
      );
    });
  }

  /** The content of a tensor. In an async call this ends the segment, if the tensor is one that it has traced. */
  read(tensor: Tensor, isInside: boolean): Promise<TensorData> {
    const site = new CallSite();
    if (this.session.owns(tensor)) checkReadable(this.session, tensor);
    return new Promise((resolve, reject) => {
      this.pending.push({ tensor, site, isInside, resolve, reject });
      if (this.pending.length === 1) queueMicrotask(() => this.serve());
    });
  }

  /** A block has ended: it may have been what the session was kept for. */
  leftBlock(): void {
    if (this.hasReturned) this.closeIfDone();
  }

  /** Goes on in another session. */
  continueIn(session: Session): void {
    this.segments.add(this.session, null);
    session.call = this;
    this.session = session;
    refreshRecorder();
  }

  recorder(): Session | null {
    if (!this.isOpen) return null;
    this.session.reclaim();
    return this.session;
  }

  progress(): number {
    return this.session.valueCount;
  }

  entering(): void {
    if (this.options.onCompute) this.enteredAt = performance.now();
  }

  leaving(): void {
    if (this.options.onCompute) this.spent += performance.now() - this.enteredAt;
    this.session.placeSteps();
  }

  lendersOf(tensor: Tensor): readonly Lender[] {
    return this.sessions().filter((session) => session.borrows(tensor));
  }

  /** The tensor has content only for the rest of the call, unless it is in the result. */
  noteTransient(tensor: Tensor, value: EarlierValue): void {
    if (this.isOpen) this.transient.add(tensor, value);
  }

  /** Of all segments that something still needs. */
  private sessions(): readonly Session[] {
    return [this.session, ...this.segments.alive().map(([session]) => session)];
  }

  private finish(result: unknown): void {
    this.session.placeSteps();
    try {
      finishCall(this, result);
      if (this.isAsync) visitTensors(result, (tensor) => this.results.add(tensor));
      this.options.afterwards?.(result, this.session);
    } finally {
      this.returned();
    }
  }

  /** A differentiated function that nobody waited for may go on in the session after the call has its result. */
  private closeIfDone(): void {
    if (!this.isOpen) return;
    if (this.session.openBlocks.length > 0) return void waitingCalls.add(this);
    this.isOpen = false;
    for (const session of this.sessions()) session.close();
    waitingCalls.delete(this);
    refreshRecorder();
    for (const [tensor, value] of this.transient.alive()) {
      if (tensor.storage !== null && !this.results.has(tensor)) tensor.giveBack(value);
    }
    this.results.clear();
  }

  /** Serves the reads that are pending: those asked for in one go end one segment. */
  private serve(): void {
    const reads = this.pending;
    this.pending = [];
    let storages: readonly Storage[];
    try {
      storages = endSegment(this, reads);
    } catch (error) {
      for (const read of reads) this.settle(read, () => read.reject(error));
      return;
    }
    reads.forEach((read, k) => {
      executor()
        .read(storages[k]!)
        .then(
          (bytes) => this.settle(read, () => read.resolve(decodeElements(bytes, read.tensor.type))),
          (error: unknown) => this.settle(read, () => read.reject(error)),
        );
    });
  }

  private settle(read: Read, body: () => void): void {
    if (read.isInside) this.windows.run(body);
    else body();
  }
}
