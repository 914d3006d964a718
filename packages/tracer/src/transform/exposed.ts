import type ts from "typescript";
import { isFromLibrary } from "./library-calls.js";
import type { Names } from "./names.js";
import { type Rewriting, wrap } from "./rewriting.js";
import { bare, syntax } from "./syntax.js";

/**
 * `shuffle(list)` of another module becomes `shuffle(runtime.changing(list, site))`: that module may not be transformed, and
 * would not say that it changes what it is given. What is in the object itself is noted, not what is in its parts.
 */
export function rewriteExposed(rewriting: Rewriting, node: ts.CallExpression | ts.NewExpression): void {
  if (!isOfOthers(rewriting.names, node.expression)) return;
  for (const given of node.arguments ?? []) {
    const value = bare(given);
    if (!syntax.isPropertyAccessExpression(value) && !isVariable(rewriting.names, value)) continue;
    wrap(rewriting, given, `${rewriting.runtime}.changing(`, `, ${rewriting.site(node)})`);
  }
}

/** `f` or `module.f`, imported from anywhere but the library. */
function isOfOthers(names: Names, callee: ts.Expression): boolean {
  if (syntax.isPropertyAccessExpression(callee)) return isOfOthers(names, callee.expression);
  if (!syntax.isIdentifier(callee)) return false;
  const binding = names.bindingOf(callee);
  return binding?.kind === "import" && !isFromLibrary(binding.declaration);
}

function isVariable(names: Names, node: ts.Expression): boolean {
  if (!syntax.isIdentifier(node)) return false;
  const kind = names.bindingOf(node)?.kind;
  return kind === "variable" || kind === "parameter";
}
