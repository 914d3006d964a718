import type ts from "typescript";
import { declareNames } from "./declare-names.js";
import { resolveNames } from "./resolve-names.js";
import type { Binding } from "./scopes.js";

/** Which variable each name means. */
export interface Names {
  /** Undefined for a global. */
  bindingOf(identifier: ts.Identifier): Binding | undefined;
  /** The names that no declaration in the file explains. */
  readonly globals: ReadonlyMap<ts.Identifier, string>;
  readonly bindings: readonly Binding[];
}

export function analyseNames(source: ts.SourceFile): Names {
  const scopes = declareNames(source);
  const { byIdentifier, globals } = resolveNames(source, scopes);
  const bindings = [...new Set(scopes.values())].flatMap((scope) => [...scope.bindings.values()]);
  return { bindingOf: (identifier) => byIdentifier.get(identifier), globals, bindings };
}
