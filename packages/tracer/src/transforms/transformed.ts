import { runTraced } from "../trace/run-session.js";
import { inputNames, parameterNames } from "./argument-names.js";
import type { AnyFunction } from "./jit.js";
import { registerTraced } from "./known-trees.js";
import { sharedTree } from "./shared-trees.js";

/**
 * A function that traces on its own when called outside of any trace, and in line inside. `kind` tells the
 * transformations of one function apart; its first word is their name.
 */
export function transformed(f: AnyFunction, kind: string, run: (args: unknown[]) => unknown): AnyFunction {
  const name = `${kind.split(" ")[0]}(${f.name || "anonymous"})`;
  const tree = sharedTree(f, kind, name, parameterNames(f));
  const call = (...args: unknown[]): unknown =>
    runTraced(tree, args, () => run(args), {
      nameInputs: (inputs) => inputNames(inputs, args, tree.parameters),
    });
  Object.defineProperty(call, "name", { value: name });
  Object.defineProperty(call, "length", { value: f.length });
  registerTraced(call, { tree, of: f, body: (...args: unknown[]) => run(args) });
  return call;
}
