import type ts from "typescript";
import { declareNames } from "./declare-names.js";
import { resolveNames } from "./resolve-names.js";
import { type Binding, lookUp } from "./scopes.js";
import { syntax } from "./syntax.js";

/** Which variable each name means. */
export interface Names {
  /** Undefined for a global. */
  bindingOf(identifier: ts.Identifier): Binding | undefined;
  /** The names that no declaration in the file explains. */
  readonly globals: ReadonlyMap<ts.Identifier, string>;
  readonly bindings: readonly Binding[];
  /** The variables that are written by another function than their own. */
  readonly captured: readonly Binding[];
  /** The variable that a name means at a place. */
  bindingAt(place: ts.Node, name: string): Binding | undefined;
  /** The variables written in a part of the text. */
  writtenBetween(start: number, end: number): readonly Binding[];
  /** The variables declared in a part of the text. */
  declaredBetween(start: number, end: number): readonly Binding[];
}

export function analyseNames(source: ts.SourceFile): Names {
  const scopes = declareNames(source);
  const { byIdentifier, globals } = resolveNames(source, scopes);
  const bindings = [...new Set(scopes.values())].flatMap((scope) => [...scope.bindings.values()]);
  return {
    bindingOf: (identifier) => byIdentifier.get(identifier),
    globals,
    bindings,
    captured: bindings.filter((binding) =>
      binding.writes.some(({ node }) => isInFunctionInside(node, binding.scope.node)),
    ),
    bindingAt: (place, name) => {
      let at = place;
      while (!scopes.has(at)) at = at.parent;
      return lookUp(scopes.get(at)!, name);
    },
    writtenBetween: placed(
      bindings.flatMap((binding) => binding.writes.map(({ node }) => [node.pos, binding] as const)),
    ),
    declaredBetween: placed(bindings.map((binding) => [binding.declaration.pos, binding] as const)),
  };
}

/** Looks up what is placed in a part of the text, in logarithmic time and what it finds. */
function placed(
  entries: readonly (readonly [position: number, binding: Binding])[],
): (start: number, end: number) => readonly Binding[] {
  const sorted = entries.toSorted(([a], [b]) => a - b);
  return (start, end) => {
    let [low, high] = [0, sorted.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (sorted[middle]![0] < start) low = middle + 1;
      else high = middle;
    }
    const found: Binding[] = [];
    for (let k = low; k < sorted.length && sorted[k]![0] < end; k++) found.push(sorted[k]![1]);
    return found;
  };
}

/** Whether a function begins between a place and what is around it. */
export function isInFunctionInside(place: ts.Node, outer: ts.Node): boolean {
  return nearestFunction(place, outer) !== null;
}

/** The innermost function around a place, inside of `outer`. The value of a field is one: it is computed later. */
export function nearestFunction(place: ts.Node, outer: ts.Node): ts.Node | null {
  for (let at = place.parent; at && at !== outer; at = at.parent)
    if (syntax.isFunctionLike(at) || syntax.isPropertyDeclaration(at)) return at;
  return null;
}
