import type { ArgumentForm } from "@weftjs/runtime";
import { Tensor } from "../tensor.js";
import { allocate } from "../trace/allocate.js";
import { objectOf } from "../tree/tree.js";

/** Numbers that code is likely to compare with. */
const NUMBERS: readonly number[] = [0, 1, -1, 0.5, -0.25, 2, 3, 10, 100, 1000, 1e-3, 1e-8, 1e8];
const INTEGERS: readonly number[] = [0, 1, 2, 3, -1, 7, 10, 64, 100, 1000, 65536];

/** Values of the numbers among the arguments, and which of them is not what it is at first. */
export interface Probe {
  readonly numbers: readonly number[];
  readonly changed: number | null;
}

interface NumberPlace {
  readonly argument: number;
  readonly path: string;
  readonly isWhole: boolean;
}

/** Arguments of given forms. The tensors are the same in all; they have no content, which tracing never looks at. */
export class ProbeArguments {
  /** In order. */
  readonly tensors: Tensor[] = [];
  /** Where each number stands, in order. */
  private readonly places: NumberPlace[] = [];
  /** By argument, the tensors in it. */
  private readonly byArgument: readonly (readonly number[])[];

  constructor(private readonly forms: readonly ArgumentForm[]) {
    this.byArgument = forms.map((form, argument) => {
      const from = this.tensors.length;
      this.declare(form, argument, "");
      return this.tensors.slice(from).map((_, k) => from + k);
    });
  }

  /** Positions of the tensors in these arguments. */
  tensorsIn(args: readonly number[]): readonly number[] {
    return args.flatMap((k) => this.byArgument[k] ?? []);
  }

  /** Sets of numbers to try: all different at first, then one after the other changed. */
  probes(): readonly Probe[] {
    const usual = this.places.map(({ isWhole }, k) => (isWhole ? k + 4 : (k + 1) * 0.7548776662466927));
    const changed = this.places.flatMap(({ isWhole }, k) =>
      (isWhole ? INTEGERS : NUMBERS).map((value) => ({ numbers: usual.with(k, value), changed: k })),
    );
    return [{ numbers: usual, changed: null }, ...changed];
  }

  /** What is unusual about a probe: `lr = 0`, by the number's place where it has no name of its own. */
  describe({ numbers, changed }: Probe, parameters: readonly string[]): string {
    const place = this.places[changed ?? 0]!;
    const name = parameters[place.argument] || `argument ${place.argument + 1}`;
    return `${name}${place.path} = ${numbers[changed ?? 0]}`;
  }

  /** A set of arguments with these numbers, in containers of its own. */
  readonly make = (numbers: readonly number[]): readonly unknown[] => {
    let [tensor, number] = [0, 0];
    const fill = (form: ArgumentForm): unknown => {
      switch (form.kind) {
        case "tensor":
          return this.tensors[tensor++];
        case "number":
          return numbers[number++];
        case "fixed":
          return form.value;
        case "list":
          return form.items.map(fill);
        case "object":
          return objectOf(form.keys, form.items.map(fill));
        default:
          return form satisfies never;
      }
    };
    return this.forms.map(fill);
  };

  private declare(form: ArgumentForm, argument: number, path: string): void {
    switch (form.kind) {
      case "tensor":
        this.tensors.push(Tensor.holding(form.type, allocate(form.type)));
        break;
      case "number":
        this.places.push({ argument, path, isWhole: form.isWhole });
        break;
      case "fixed":
        break;
      case "list":
        form.items.forEach((item, k) => this.declare(item, argument, `${path}[${k}]`));
        break;
      case "object":
        form.items.forEach((item, k) => this.declare(item, argument, `${path}.${form.keys[k]!}`));
        break;
      default:
        form satisfies never;
    }
  }
}
