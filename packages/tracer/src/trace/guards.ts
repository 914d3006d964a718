import { formatLocation, type SourceLocation } from "@weftjs/ir";
import { Tensor } from "../tensor.js";
import { tracedOf } from "../transforms/known-trees.js";
import { type Closedness, closednessOf } from "./closedness.js";
import { matches, type Template, templateOf } from "./template.js";

/** What the captures of one function have to be. */
interface Guard {
  readonly closedness: Closedness;
  readonly captures: readonly Template[];
}

/** A variable that a function captures. */
export interface Captured {
  readonly by: string;
  readonly name: string;
  readonly value: unknown;
  /** Whether it is given other values somewhere, and where. */
  readonly changes: boolean;
  readonly changedAt: SourceLocation | undefined;
}

/** Everything outside of its arguments that a function depends on, as it was when this was taken. */
export class Guards {
  /** Tensors that are captured: the first slots of a call. */
  readonly tensors: Tensor[] = [];
  private readonly guards: Guard[] = [];
  private readonly seen = new Set<object>();
  /** Why the function is not proven, with the line; one a function that is not. */
  readonly obstacles: string[] = [];
  /** The place of the first of them, where it is known. */
  obstacleAt: SourceLocation | undefined;
  /** What functions capture besides functions, by name. */
  readonly captured: Captured[] = [];
  /** The names of the functions that are looked at. */
  readonly functions: string[] = [];

  constructor(f: object) {
    this.addFunction(f);
  }

  get areProven(): boolean {
    return this.obstacles.length === 0;
  }

  /** Whether all is as it was. */
  hold(): boolean {
    for (const { closedness, captures } of this.guards) {
      const values = valuesOf(closedness);
      if (!values) return false;
      for (let k = 0; k < captures.length; k++) {
        if (!matches(captures[k]!, values[k], NO_SLOTS)) return false;
      }
    }
    return true;
  }

  /** Whether the function, or one that it is made from, can be proven. */
  addFunction(f: object): boolean {
    if (this.seen.has(f)) return true;
    this.seen.add(f);
    const closedness = closednessOf(f);
    const name = (f as { name?: string }).name || "anonymous";
    if (!closedness) {
      const traced = tracedOf(f);
      if (traced) return this.addFunction(traced.of);
      return this.refuse(name, "was not transformed; pure(f) vouches for it");
    }
    this.functions.push(name);
    const { obstacle } = closedness;
    if (obstacle) {
      if (this.obstacles.length === 0) this.obstacleAt = obstacle.place;
      const place = obstacle.place ? ` at ${formatLocation(obstacle.place)}` : "";
      return this.refuse(name, `is not proven: ${obstacle.what}${place}`);
    }
    return this.addCaptures(name, closedness);
  }

  private addCaptures(name: string, closedness: Closedness): boolean {
    const values = valuesOf(closedness);
    if (!values) return this.refuse(name, "captures a variable that has no value yet");
    const changes = closedness.changes();
    const captures = values.map((value, k) => {
      const variable = closedness.names[k]!;
      if (typeof value !== "function" || changes.has(variable))
        this.captured.push({
          by: name,
          name: variable,
          value,
          changes: changes.has(variable),
          changedAt: changes.get(variable),
        });
      const template = templateOf(value, (leaf) => this.templateOfLeaf(leaf));
      if (!template) this.refuse(name, `captures ${variable}, which holds an object of a class`);
      return template ?? { kind: "same" as const, value };
    });
    this.guards.push({ closedness, captures });
    return this.areProven;
  }

  /** Of captured values and static arguments alike. */
  templateOfLeaf(leaf: unknown): Template | null {
    if (leaf instanceof Tensor) {
      if (!this.tensors.includes(leaf)) this.tensors.push(leaf);
    } else if (typeof leaf === "function") this.addFunction(leaf);
    else if (typeof leaf === "object" && leaf !== null) return null;
    return { kind: "same", value: leaf };
  }

  private refuse(name: string, why: string): false {
    this.obstacles.push(`${name} ${why}`);
    return false;
  }
}

const NO_SLOTS: Tensor[] = [];

function valuesOf({ captures }: Closedness): readonly unknown[] | null {
  try {
    return captures();
  } catch {
    return null; // A variable is still in its temporal dead zone.
  }
}
