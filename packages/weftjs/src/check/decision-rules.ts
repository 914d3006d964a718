import { decisionsIn, OBSTACLES } from "@weftjs/tracer/transform";
import type ts from "typescript";
import { compiler } from "../hosts/compiler.js";
import type { RuleFinding } from "./operand-rules.js";
import type { CheckedFile } from "./program.js";
import { isTensorAlone } from "./types.js";

/**
 * Finds the tensors that the transformed code refuses to decide on (W1054). Where it refuses, the transform says of the
 * user's own text; what is a tensor, the types of the rewritten one.
 */
export function decisionFindings(
  { source, rewritten }: CheckedFile,
  checkedSource: ts.SourceFile,
  checker: ts.TypeChecker,
): RuleFinding[] {
  const reasons = new Map(decisionsIn(source).map(({ node, why }) => [placeOf(node, node.getStart()), why]));
  const found: RuleFinding[] = [];
  const visit = (node: ts.Node): void => {
    const why = reasons.get(placeOf(node, rewritten.original(node.getStart(checkedSource))));
    if (why && compiler.isExpression(node) && isTensorAlone(checker.getTypeAtLocation(node), checker)) {
      const [reason, hint] = OBSTACLES[why];
      found.push({ node, code: "W1054", message: `a tensor decides here, and ${reason}`, hint });
      return;
    }
    compiler.forEachChild(node, visit);
  };
  if (reasons.size > 0) visit(checkedSource);
  return found;
}

/** What stands around an expression keeps its kind; operators in it have become calls. */
function placeOf({ parent }: ts.Node, start: number): string {
  return `${start} in ${parent ? compiler.SyntaxKind[parent.kind] : ""}`;
}
