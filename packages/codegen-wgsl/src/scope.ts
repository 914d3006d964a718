import type { Index } from "@weftjs/ir";
import { mentions } from "@weftjs/ir";
import type { WgslExpr } from "./scalar/index.js";

/**
 * A block of generated code under construction: the body of a kernel, or of a loop in it. What does not depend on a
 * loop's variable is written to the block around the loop, which is still open while the loop's body is made.
 */
export class Scope {
  readonly lines: string[] = [];
  private readonly known = new Map<string, WgslExpr>();

  constructor(
    readonly parent: Scope | null,
    /** The symbols whose values are known here and not outside. */
    readonly symbols: ReadonlySet<string>,
    private readonly names: NameSource,
    /** Whether everything stays here, because it is made of what only this block knows. */
    private readonly isClosed: boolean = false,
  ) {}

  /** The outermost scope in which all symbols of these positions have values. */
  homeOf(indices: readonly Index[]): Scope {
    if (!this.parent || this.isClosed || indices.some((index) => mentions(index, this.symbols))) return this;
    return this.parent.homeOf(indices);
  }

  recall(key: string): WgslExpr | undefined {
    return this.known.get(key) ?? this.parent?.recall(key);
  }

  remember(key: string, expr: WgslExpr): WgslExpr {
    this.known.set(key, expr);
    return expr;
  }

  /** Names an expression here, so that its text stands once. */
  bind(prefix: string, text: string): string {
    const name = this.names.next(prefix);
    this.lines.push(`let ${name} = ${text};`);
    return name;
  }

  inner(symbols: readonly string[], isClosed: boolean = false): Scope {
    return new Scope(this, new Set(symbols), this.names, isClosed);
  }

  freshName(prefix: string): string {
    return this.names.next(prefix);
  }
}

/** Numbered names, `v0`, `v1`, …: nothing of the user's goes into generated source. */
export class NameSource {
  private count = 0;

  next(prefix: string): string {
    return `${prefix}${this.count++}`;
  }
}

export function indent(lines: readonly string[]): string {
  return lines.map((line) => line.replace(/^/gm, "  ")).join("\n");
}
