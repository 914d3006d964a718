import { Value } from "@weftjs/ir";
import * as functions from "./functions/index.js";
import { LONG, SHORT } from "./method-names.js";
import { Tensor } from "./tensor.js";

type Functions = typeof functions;

const table: Functions = { ...functions };

/** A function without its first parameter. */
type Method<F> = F extends (first: never, ...rest: infer R) => infer T ? (...rest: R) => T : never;

/** The functions as methods, each with the docs of its function. */
export type TensorMethods = {
  [K in keyof Pick<Functions, (typeof SHORT)[number] | (typeof LONG)[number]>]: Method<Functions[K]>;
};

declare module "./tensor.js" {
  // Merged into the class: what is declared here is installed below.
  interface Tensor extends TensorMethods {}
}

type AnyFunction = (...args: unknown[]) => unknown;

/** Graph values have them too: the rules of a user's own op are written with them. */
function install(name: string, method: AnyFunction): void {
  for (const { prototype } of [Tensor, Value]) {
    Object.defineProperty(prototype, name, { value: method, writable: true, configurable: true });
  }
}

for (const name of SHORT) {
  const f = table[name] as AnyFunction;
  install(name, function (this: unknown, operand: unknown): unknown {
    return f(this, operand);
  });
}
for (const name of LONG) {
  const f = table[name] as AnyFunction;
  install(name, function (this: unknown, ...rest: unknown[]): unknown {
    return f(this, ...rest);
  });
}
