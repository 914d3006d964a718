import type ts from "typescript";
import { isAssignment, syntax } from "./syntax.js";

/** The places of a file that emitted code can name, by number. */
export class SiteTable {
  private readonly entries: string[] = [];

  constructor(
    private readonly source: ts.SourceFile,
    /** The emitted variable that holds the number of the first. */
    private readonly base: string,
  ) {}

  /** An expression that gives the number of a node's place. */
  add(node: ts.Node): string {
    const { line, character } = this.source.getLineAndCharacterOfPosition(node.getStart(this.source));
    const name = variableOf(node);
    this.entries.push(`${line + 1}:${character + 1}${name ? `:${name}` : ""}`);
    return `${this.base} + ${this.entries.length - 1}`;
  }

  /**
   * `var`, which exists while modules that import each other in a circle have not run yet: what runs then has no
   * places, and works.
   */
  declaration(runtime: string, file: string): string {
    return `var ${this.base} = ${runtime}.places(${JSON.stringify(file)}, ${JSON.stringify(this.entries.join(" "))});`;
  }
}

/** The name of the variable that the value is given to, where it is given to one as it is. */
function variableOf(node: ts.Node): string | undefined {
  const { parent } = node;
  if (syntax.isParenthesizedExpression(parent)) return variableOf(parent);
  if (syntax.isVariableDeclaration(parent) && parent.initializer === node)
    return syntax.isIdentifier(parent.name) ? parent.name.text : undefined;
  if (!syntax.isBinaryExpression(parent) || parent.right !== node) return compoundTarget(node);
  if (parent.operatorToken.kind !== syntax.SyntaxKind.EqualsToken) return undefined;
  return syntax.isIdentifier(parent.left) ? parent.left.text : undefined;
}

/** `x += e` names its value too. */
function compoundTarget(node: ts.Node): string | undefined {
  if (!syntax.isBinaryExpression(node) || !isAssignment(node.operatorToken.kind)) return undefined;
  return syntax.isIdentifier(node.left) ? node.left.text : undefined;
}
