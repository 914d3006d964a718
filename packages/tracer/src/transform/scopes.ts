import type ts from "typescript";

/** What a variable is given: an expression, or null where it comes from elsewhere (a loop, a pattern, a parameter). */
export interface Write {
  readonly node: ts.Identifier;
  readonly value: ts.Expression | null;
  /** For `x += 1` the operator of the token; undefined for plain assignment. */
  readonly operator?: ts.SyntaxKind;
}

export type BindingKind = "variable" | "parameter" | "function" | "class" | "import" | "other";

/** One variable of the program and every place that names it. */
export interface Binding {
  readonly name: string;
  readonly kind: BindingKind;
  readonly scope: Scope;
  readonly declaration: ts.Node;
  /** Whether the name exists in the whole function (`var`, `function`), not only from here on. */
  readonly isHoisted: boolean;
  readonly isConstant: boolean;
  readonly references: ts.Identifier[];
  readonly writes: Write[];
}

export interface Scope {
  readonly parent: Scope | null;
  readonly node: ts.Node;
  /** Where `var` belongs: functions, the module, static blocks. */
  readonly isFunction: boolean;
  readonly bindings: Map<string, Binding>;
}

/** The binding that a name has, seen from a scope. */
export function lookUp(scope: Scope | null, name: string): Binding | undefined {
  for (let at = scope; at; at = at.parent) {
    const binding = at.bindings.get(name);
    if (binding) return binding;
  }
  return undefined;
}
