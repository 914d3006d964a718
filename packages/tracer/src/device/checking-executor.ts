import { emitProgram } from "@weftjs/codegen-wgsl";
import {
  byteLength,
  Graph,
  isTape,
  type HostTensor,
  type Program,
  type Schedule,
  tensorOf,
  type Value,
} from "@weftjs/ir";
import type { RuntimeOptions } from "@weftjs/runtime";
import type { ExecutorCall, Storage } from "./executor.js";
import { findFault } from "./find-fault.js";
import { fromBytes, hostInputs } from "./host-inputs.js";
import { describeNaN } from "./nan-hunt.js";
import { WebGpuExecutor } from "./webgpu-executor.js";

export interface Checks {
  /** `WEFT_VALIDATE`: kernels against the interpreter. */
  readonly validates: boolean;
  /** `WEFT_DEBUG=nan`. */
  readonly huntsNaN: boolean;
}

interface Revealed {
  readonly schedule: Schedule;
  readonly program: Program;
  readonly stores: readonly Value[];
}

/**
 * The GPU, with every call looked at afterwards. Each is read back whole, and interpreted: for small computations.
 * A kernel that differs rejects the next read or sync with W4060; NaN is told of on stderr.
 */
export class CheckingExecutor extends WebGpuExecutor {
  private readonly pending = new Set<Promise<void>>();
  private failure: unknown;
  private readonly said = new Set<string>();
  private readonly revealed = new WeakMap<Program, Revealed>();

  constructor(
    options: RuntimeOptions,
    private readonly checks: Checks,
  ) {
    super(options);
  }

  override enqueue(call: ExecutorCall): void {
    const inputs = call.inputs.map((input) => super.read(input)); // Before the call, which may write over them.
    super.enqueue(call);
    const outputs = call.outputs.map((output) => super.read(output));
    const check = Promise.all([Promise.all(inputs), Promise.all(outputs)])
      .then(
        ([before, after]) => this.check(call, before, after),
        () => undefined, // The call itself failed, which its readers are told.
      )
      .catch((failure: unknown) => void (this.failure ??= failure))
      .finally(() => this.pending.delete(check));
    this.pending.add(check);
  }

  override async read(storage: Storage): Promise<ArrayBuffer> {
    const content = await super.read(storage);
    await this.settle();
    return content;
  }

  override async sync(): Promise<void> {
    await super.sync();
    await this.settle();
  }

  private async settle(): Promise<void> {
    await Promise.all(this.pending);
    const { failure } = this;
    this.failure = undefined;
    if (failure) throw failure;
  }

  private async check(
    call: ExecutorCall,
    before: readonly ArrayBuffer[],
    after: readonly ArrayBuffer[],
  ): Promise<void> {
    const { schedule, program, stores } = this.reveal(call);
    const { graph } = schedule;
    const inputs = hostInputs(graph, before, call.scalars);
    const results = graph.results.map((result, k) => fromBytes(after[k]!, result.type));
    if (this.checks.huntsNaN) this.say(describeNaN(graph, inputs, results));
    if (!this.checks.validates) return;
    const stored = await this.runAgain(call, program, stores, before);
    const fault = findFault({ schedule, program, inputs, stored, results });
    if (fault) throw fault;
  }

  /** The kernels of a call, and a program of the same kernels whose results are all that they store. */
  private reveal(call: ExecutorCall): Revealed {
    const target = this.runtime.target!;
    const known = this.revealed.get(call.program(target));
    if (known) return known;
    const schedule = call.schedule(target);
    const { name, params, nodes } = schedule.graph;
    const kernels = schedule.bundles.flatMap((bundle) => bundle.kernels);
    const stored = kernels.flatMap((kernel) => kernel.stores);
    // How long a tape is, only its loop knows.
    const stores = [...new Set(stored.map((value) => tensorOf(value, schedule.homes)))].filter(
      (value) => !isTape(value),
    );
    const program = emitProgram({ ...schedule, graph: new Graph(name, params, nodes, stores) }, target);
    const made = { schedule, program, stores };
    this.revealed.set(call.program(target), made);
    return made;
  }

  private say(text: string | undefined): void {
    if (text === undefined || this.said.has(text)) return;
    this.said.add(text);
    console.error(text);
  }

  /** The call once more, on copies of its inputs; gives everything that its kernels store. */
  private async runAgain(
    call: ExecutorCall,
    program: Program,
    stores: readonly Value[],
    before: readonly ArrayBuffer[],
  ): Promise<ReadonlyMap<Value, HostTensor>> {
    const inputs = before.map((content) => this.runtime.upload(new Uint8Array(content)));
    const outputs = stores.map((value) => this.runtime.allocate(byteLength(value.type)));
    const { name, scalars } = call;
    this.runtime.enqueue({ name, program: () => program, inputs, scalars, outputs });
    const contents = await Promise.all(outputs.map((output) => this.runtime.read(output)));
    for (const storage of [...inputs, ...outputs]) storage.release();
    return new Map(stores.map((value, k) => [value, fromBytes(contents[k]!, value.type)]));
  }
}
