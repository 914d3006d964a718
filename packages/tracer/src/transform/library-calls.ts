import type ts from "typescript";
import { LONG, SHORT } from "../method-names.js";
import { LIBRARY } from "./marked.js";
import { isMathOnTensors } from "./access.js";
import { isGlobalMath } from "./plain-values.js";
import { type Rewriting, wrap } from "./rewriting.js";
import { syntax } from "./syntax.js";

/** The names of what tensors can be asked. */
export const TENSOR_METHODS: ReadonlySet<string> = new Set([...SHORT, ...LONG]);

/**
 * `matmul(a, b)` becomes `runtime.placed(runtime.mark(), matmul(a, b), site)`: what the call recorded is labelled once it
 * has returned, so that the call itself is the user's own. Calls of imported functions, and of methods that tensors
 * have; whatever they are called on.
 */
export function rewriteLibraryCall(rewriting: Rewriting, node: ts.CallExpression): void {
  if (
    (node.flags & syntax.NodeFlags.OptionalChain) !== 0 ||
    !(isLibraryCall(rewriting, node.expression) || isMathOnTensors(rewriting, node))
  )
    return;
  const { runtime } = rewriting;
  wrap(rewriting, node, `${runtime}.placed(${runtime}.mark(), `, `, ${rewriting.site(node)})`);
}

/** Whether a call of this goes to the library, or to a method that tensors have too. */
export function isLibraryCall({ names }: Rewriting, callee: ts.Expression): boolean {
  if (syntax.isIdentifier(callee)) {
    const binding = names.bindingOf(callee);
    return binding?.kind === "import" && isFromLibrary(binding.declaration);
  }
  if (!syntax.isPropertyAccessExpression(callee) || callee.expression.kind === syntax.SyntaxKind.SuperKeyword)
    return false;
  if (isGlobalMath(callee.expression, names)) return false;
  return TENSOR_METHODS.has(callee.name.text) || isNamespaceOfLibrary(names.bindingOf, callee.expression);
}

/** `weft.matmul`, `random.normal`. */
function isNamespaceOfLibrary(bindingOf: Rewriting["names"]["bindingOf"], node: ts.Expression): boolean {
  if (syntax.isPropertyAccessExpression(node)) return isNamespaceOfLibrary(bindingOf, node.expression);
  if (!syntax.isIdentifier(node)) return false;
  const binding = bindingOf(node);
  return binding?.kind === "import" && isFromLibrary(binding.declaration);
}

/** Whether a name was imported from the library. */
export function isFromLibrary(declaration: ts.Node): boolean {
  let at = declaration;
  while (at.parent && !syntax.isImportDeclaration(at)) at = at.parent;
  if (!syntax.isImportDeclaration(at) || !syntax.isStringLiteral(at.moduleSpecifier)) return false;
  return LIBRARY.test(at.moduleSpecifier.text);
}
