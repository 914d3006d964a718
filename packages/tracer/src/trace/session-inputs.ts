import type { TensorType } from "@weftjs/ir";
import type { Storage } from "../device/executor.js";
import { Tensor, UNBOUND } from "../tensor.js";
import { EarlierValue } from "./earlier-value.js";
import { computeEscapes, inputGone } from "./escape.js";

/** The tensors that are inputs of a trace, in the order in which it met them. */
export class SessionInputs {
  /** Tensors, not their storages: as long as something reaches the session, its inputs are not collected. */
  readonly tensors: Tensor[] = [];
  private readonly ids: number[] = [];
  /** What the user disposed of while it was still needed, held by tensors of their own. */
  private readonly lent = new Map<Tensor, Tensor>();
  /** Those still to be computed: values of earlier segments. */
  private readonly deferred = new Map<Tensor, EarlierValue>();

  /** Names a tensor in the trace. `earlier` is what it stands for, if it has no content yet. */
  add(tensor: Tensor, serial: number, id: number, earlier: EarlierValue | null): void {
    if (earlier) {
      this.deferred.set(tensor, earlier);
      tensor.origin = earlier;
    }
    tensor.serial = serial;
    tensor.id = id;
    this.tensors.push(tensor);
    this.ids.push(id);
  }

  /** The first inputs of another session, which go by the same names. */
  addFrom(other: SessionInputs, count: number): void {
    this.tensors.push(...other.tensors.slice(0, count));
    this.ids.push(...other.ids.slice(0, count));
  }

  /** Takes the last one back. */
  removeLast(): void {
    const tensor = this.tensors.pop()!;
    const earlier = this.deferred.get(tensor);
    tensor.serial = earlier?.serial ?? UNBOUND;
    if (earlier) {
      tensor.id = earlier.id;
      tensor.origin = earlier.session;
    }
    this.deferred.delete(tensor);
    this.ids.pop();
  }

  /** Names the tensors again that another session has named since. */
  rename(serial: number): void {
    this.tensors.forEach((tensor, k) => {
      if (tensor.isGone) return;
      tensor.serial = serial;
      tensor.id = this.ids[k]!;
    });
  }

  isDeferred(tensor: Tensor): boolean {
    return this.deferred.has(tensor);
  }

  /** Keeps the content of what the user disposed of. Takes over the reference. */
  lend(tensor: Tensor, storage: Storage): void {
    this.lent.set(tensor, Tensor.holding(tensor.type, storage));
  }

  /** What was disposed of is gone. */
  release(): void {
    for (const held of this.lent.values()) held.dispose();
    this.lent.clear();
  }

  /** The content of one input. @throws W1004, for what is wanted of the trace of this name */
  contentOf(position: number, name: string, wanted: TensorType): Storage {
    if (this.deferred.size > 0) this.fetchDeferred();
    const input = this.tensors[position]!;
    const content = input.storage ?? this.lent.get(input)?.storage;
    if (content) return content;
    if (input.origin instanceof EarlierValue) return input.content();
    throw inputGone(name, input.type, wanted);
  }

  /** Has the values of earlier segments computed that are inputs here, those of one segment together. */
  fetchDeferred(): void {
    const all = [...this.deferred].filter(([tensor]) => tensor.storage === null && !this.lent.has(tensor));
    this.deferred.clear();
    for (const session of new Set(all.map(([, earlier]) => earlier.session))) {
      const wanted = all.filter(([, earlier]) => earlier.session === session);
      const values = wanted.map(([{ type }, { id }]) => ({ type, id }));
      const contents = computeEscapes(session, values);
      wanted.forEach(([tensor, earlier], k) => {
        if (tensor.isGone) return this.lend(tensor, contents[k]!);
        tensor.fill(contents[k]!);
        session.call?.noteTransient(tensor, earlier);
      });
    }
  }
}
