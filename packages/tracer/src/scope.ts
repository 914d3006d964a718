import type { Tensor } from "./tensor.js";
import { visitTensors } from "./tree/visit.js";

/** The running `tidy` calls, innermost last; part of the one recording scope. */
const scopes: Set<Tensor>[] = [];

/** Hands a new tensor to the innermost `tidy`. */
export function addToScope(tensor: Tensor): void {
  if (scopes.length > 0) scopes[scopes.length - 1]!.add(tensor);
}

/**
 * Runs `body` and frees the tensors made in it, all but those in its result and those given to `keep`. A tidy in a
 * tidy hands its result on to the outer one. `body` is synchronous.
 */
export function tidy<T>(body: () => T): T {
  const scope = new Set<Tensor>();
  scopes.push(scope);
  try {
    const result = body();
    visitTensors(result, (tensor) => {
      if (scope.delete(tensor)) scopes[scopes.length - 2]?.add(tensor);
    });
    return result;
  } finally {
    scopes.pop();
    for (const tensor of scope) tensor.dispose();
  }
}

/** Exempts the tensors of a tree from every running `tidy`, and returns the tree. */
export function keep<T>(tree: T): T {
  visitTensors(tree, (tensor) => {
    for (const scope of scopes) scope.delete(tensor);
  });
  return tree;
}
