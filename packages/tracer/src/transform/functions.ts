import type ts from "typescript";
import { isWithin } from "./assigned.js";
import { closednessOf, isHandedOver } from "./closedness.js";
import { isLibraryCall, TENSOR_METHODS } from "./library-calls.js";
import { type Rewriting, wrap } from "./rewriting.js";
import { syntax } from "./syntax.js";

/**
 * Notes on a function, for the run time to prove that a call of it can be skipped: what it captures and what keeps it
 * from being closed. Functions of the module, and those handed to the library; others are part of those.
 */
export function rewriteFunction(rewriting: Rewriting, node: ts.Node): void {
  if (syntax.isFunctionDeclaration(node) && node.name && node.body) {
    if (isOfModule(node)) rewriting.notes.push(note(rewriting, node.name.text, node));
  } else if (syntax.isArrowFunction(node) || syntax.isFunctionExpression(node)) {
    if (isNamedConstant(node)) {
      const statement = node.parent.parent.parent;
      const { name } = node.parent as ts.VariableDeclaration;
      rewriting.edit.prependLeft(statement.end, `; ${note(rewriting, (name as ts.Identifier).text, node)}`);
    } else if (isHandedOver(node, (call) => isLibraryCall(rewriting, call.expression))) {
      const [before, after] = note(rewriting, "\n", node).split("\n");
      wrap(rewriting, node, before!, after!.replace(/;$/, ""));
    }
  }
}

function note(rewriting: Rewriting, name: string, f: ts.SignatureDeclaration): string {
  const { runtime, names } = rewriting;
  const { captures, obstacle } = closednessOf(f, names, TENSOR_METHODS);
  if (obstacle) {
    const site = rewriting.site(obstacle.node);
    return `${runtime}.unproven(${name}, ${JSON.stringify(obstacle.what)}, ${site});`;
  }
  if (captures.length === 0) return `${runtime}.closed(${name});`;
  const list = captures.map((binding) => binding.name);
  const changes = captures.flatMap((binding) => {
    const change = binding.writes.find(({ node }) => !isWithin(node, binding.declaration));
    return change ? [`${binding.name}: ${rewriting.site(change.node)}`] : [];
  });
  const changed = changes.length > 0 ? `, { ${changes.join(", ")} }` : "";
  return `${runtime}.closed(${name}, ${JSON.stringify(list.join(" "))}, () => [${list.join(", ")}]${changed});`;
}

function isOfModule(node: ts.Node): boolean {
  return syntax.isSourceFile(node.parent);
}

/** `const f = () => …;` in the module: the name is the function's own, so nothing may stand around it. */
function isNamedConstant(node: ts.Expression): boolean {
  const { parent } = node;
  if (!syntax.isVariableDeclaration(parent) || parent.initializer !== node) return false;
  if (!syntax.isIdentifier(parent.name) || (parent.parent.flags & syntax.NodeFlags.Const) === 0) return false;
  return syntax.isVariableStatement(parent.parent.parent) && isOfModule(parent.parent.parent);
}
