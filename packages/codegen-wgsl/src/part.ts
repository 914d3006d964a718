import type { Group, Homes, Index, KernelGroup, Position, Target, Value } from "@weftjs/ir";
import { substitute } from "@weftjs/ir";
import type { Bindings } from "./bindings.js";
import { Evaluator } from "./evaluator.js";
import { type NameSource, Scope } from "./scope.js";

/** What the groups of one kernel share. */
export interface KernelContext {
  readonly target: Target;
  readonly bindings: Bindings;
  readonly names: NameSource;
  readonly homes: Homes;
  need(helper: string): void;
}

/**
 * One group's share of a kernel: the body of a function of its own. `threads` parts run it with `t` counting threads
 * over the whole part; `workgroups` parts with `t` counting workgroups and `lid` the thread in its workgroup.
 */
export interface Part {
  readonly spread: "threads" | "workgroups";
  readonly count: number;
  readonly body: readonly string[];
  /** Module-scope declarations, such as workgroup memory. */
  readonly declarations: readonly string[];
}

/** Everything a group's generator works with: its evaluator and where its members are, in the kernel's symbols. */
export class PartWriter {
  readonly scope: Scope;
  readonly evaluator: Evaluator;
  readonly group: Group;

  constructor(
    readonly context: KernelContext,
    readonly kernel: KernelGroup,
    symbols: readonly string[],
    private readonly replacements: ReadonlyMap<string, Index>,
  ) {
    this.group = kernel.group;
    this.scope = new Scope(null, new Set(symbols), context.names);
    this.evaluator = new Evaluator(
      {
        bindings: context.bindings,
        loads: new Set(kernel.loads),
        fastMath: context.target.fastMath ?? false,
        homes: context.homes,
        need: (helper) => context.need(helper),
      },
      this.scope,
    );
  }

  /** A position of the group, in the symbols of this kernel. */
  position(at: Position): Position {
    return this.replacements.size === 0 ? at : at.map((index) => substitute(index, this.replacements));
  }

  placeOf(value: Value): Position {
    return this.position(this.group.places.get(value)!.at);
  }
}
