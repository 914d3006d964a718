import type ts from "typescript";
import { WeftError } from "@weftjs/ir";
import * as weft from "../index.js";
import { compiler } from "../hosts/compiler.js";
import {
  type Closure,
  type Environment,
  imported,
  isClosure,
  operate,
  propertyOf,
  transformedClosure,
  UNKNOWN,
} from "./known-values.js";
import { isReassigned, mayChange } from "./mutation.js";

/** Calls inside calls that are followed; recursion has no end that types know. */
const DEPTH = 6;

const NOTHING: Environment = new Map();

/**
 * What expressions are where the source says it: literals, constants, calls of the library and of the user's own
 * functions with known arguments. The library itself computes them, so shapes and dtypes, and the errors about them,
 * are those of a run; nothing is run on a device. To be used inside `insideTrace`.
 */
export class Evaluator {
  private readonly known = new Map<ts.Node, unknown>();
  private depth = 0;

  constructor(
    private readonly checker: ts.TypeChecker,
    private readonly operatorOf: (call: ts.CallExpression) => string | undefined,
    private readonly report: (node: ts.Node, error: WeftError) => void,
  ) {}

  /** The value of an expression, or UNKNOWN. What it throws is reported where it would be thrown, once. */
  value(node: ts.Node, environment: Environment = NOTHING): unknown {
    if (environment.size > 0) return this.compute(node, environment);
    if (!this.known.has(node)) {
      this.known.set(node, UNKNOWN); // while it is computed: a constant may name itself
      this.known.set(node, this.compute(node, environment));
    }
    return this.known.get(node);
  }

  private compute(node: ts.Node, environment: Environment): unknown {
    try {
      return this.evaluate(node, environment);
    } catch (error) {
      if (error instanceof WeftError && error.class === "user") this.report(node, error);
      return UNKNOWN;
    }
  }

  private evaluate(node: ts.Node, environment: Environment): unknown {
    if (
      compiler.isParenthesizedExpression(node) ||
      compiler.isNonNullExpression(node) ||
      compiler.isAsExpression(node)
    )
      return this.value(node.expression, environment);
    if (compiler.isNumericLiteral(node)) return Number(node.text);
    if (compiler.isStringLiteralLike(node)) return node.text;
    if (compiler.isIdentifier(node)) return this.identifier(node, environment);
    if (compiler.isArrayLiteralExpression(node)) return this.list(node, environment);
    if (compiler.isObjectLiteralExpression(node)) return this.record(node, environment);
    if (compiler.isPropertyAccessExpression(node))
      return propertyOf(this.value(node.expression, environment), node.name.text);
    if (compiler.isElementAccessExpression(node)) return this.element(node, environment);
    if (compiler.isArrowFunction(node) || compiler.isFunctionExpression(node))
      return { closure: node, around: environment, isResult: true } satisfies Closure;
    if (compiler.isPrefixUnaryExpression(node)) return this.unary(node, environment);
    if (compiler.isCallExpression(node)) return this.call(node, environment);
    return LITERALS.get(node.kind) ?? UNKNOWN;
  }

  private identifier(node: ts.Identifier, environment: Environment): unknown {
    const symbol = this.checker.getSymbolAtLocation(node);
    if (!symbol) return UNKNOWN;
    if (environment.has(symbol)) return environment.get(symbol);
    const declaration = symbol.declarations?.[0];
    if (!declaration) return UNKNOWN;
    if (compiler.isImportSpecifier(declaration) || compiler.isNamespaceImport(declaration))
      return imported(declaration);
    if (compiler.isFunctionDeclaration(declaration) && declaration.body)
      return { closure: declaration, around: NOTHING, isResult: true } satisfies Closure;
    const isConstant =
      compiler.isVariableDeclaration(declaration) &&
      (compiler.getCombinedNodeFlags(declaration) & compiler.NodeFlags.Const) !== 0;
    if (!isConstant || !declaration.initializer || !compiler.isIdentifier(declaration.name)) return UNKNOWN;
    return this.unlessChanged(
      node.text,
      this.value(declaration.initializer, environment),
      node.getSourceFile(),
    );
  }

  /** UNKNOWN instead of an array or object that may be another by now. */
  private unlessChanged(name: string, value: unknown, inside: ts.Node): unknown {
    if (typeof value !== "object" || value === null || value instanceof weft.Tensor || isClosure(value))
      return value;
    const isLibraryCall = (call: ts.CallExpression): boolean =>
      this.operatorOf(call) !== undefined || typeof this.value(call.expression) === "function";
    return mayChange(name, inside, isLibraryCall) ? UNKNOWN : value;
  }

  private list(node: ts.ArrayLiteralExpression, environment: Environment): unknown {
    const values = node.elements.map((element) =>
      compiler.isSpreadElement(element) ? UNKNOWN : this.value(element, environment),
    );
    return values.includes(UNKNOWN) ? UNKNOWN : values;
  }

  private record(node: ts.ObjectLiteralExpression, environment: Environment): unknown {
    const record: Record<string, unknown> = {};
    for (const property of node.properties) {
      const { name } = property;
      const initializer = compiler.isPropertyAssignment(property)
        ? property.initializer
        : compiler.isShorthandPropertyAssignment(property)
          ? property.name
          : undefined;
      if (!initializer || !name || !(compiler.isIdentifier(name) || compiler.isStringLiteral(name)))
        return UNKNOWN;
      const value = compiler.isShorthandPropertyAssignment(property)
        ? this.shorthand(property, environment)
        : this.value(initializer, environment);
      if (value === UNKNOWN || name.text === "__proto__") return UNKNOWN;
      record[name.text] = value;
    }
    return record;
  }

  private shorthand(node: ts.ShorthandPropertyAssignment, environment: Environment): unknown {
    const symbol = this.checker.getShorthandAssignmentValueSymbol(node);
    const declaration = symbol?.declarations?.[0];
    if (symbol && environment.has(symbol)) return environment.get(symbol);
    if (!declaration || !compiler.isVariableDeclaration(declaration)) return UNKNOWN;
    return compiler.isIdentifier(declaration.name) ? this.identifier(declaration.name, environment) : UNKNOWN;
  }

  private element(node: ts.ElementAccessExpression, environment: Environment): unknown {
    const [holder, key] = [node.expression, node.argumentExpression].map((part) =>
      this.value(part, environment),
    );
    if (holder === UNKNOWN || key === UNKNOWN) return UNKNOWN;
    if (holder instanceof weft.Tensor) return typeof key === "number" ? weft.slice(holder, key) : UNKNOWN;
    if (Array.isArray(holder) && typeof key === "number")
      return key in holder ? (holder[key] as unknown) : UNKNOWN;
    return typeof key === "string" ? propertyOf(holder, key) : UNKNOWN;
  }

  private unary(node: ts.PrefixUnaryExpression, environment: Environment): unknown {
    const value = this.value(node.operand, environment);
    return node.operator === compiler.SyntaxKind.MinusToken && typeof value === "number" ? -value : UNKNOWN;
  }

  private call(node: ts.CallExpression, environment: Environment): unknown {
    const args = node.arguments.map((argument) =>
      compiler.isSpreadElement(argument) ? UNKNOWN : this.value(argument, environment),
    );
    const operator = this.operatorOf(node);
    if (operator !== undefined) {
      if (args.includes(UNKNOWN)) return UNKNOWN;
      return args.length === 1 ? UNKNOWN : operate(operator, args[0], args[1]);
    }
    const callee = this.value(node.expression, environment);
    if (isClosure(callee)) return this.enter(callee, args);
    if (typeof callee !== "function") return UNKNOWN;
    const wrapped = transformedClosure(callee, args[0]);
    if (wrapped) return wrapped;
    if (args.includes(UNKNOWN) || args.some(isClosure)) return UNKNOWN;
    return (callee as (...args: unknown[]) => unknown)(...args);
  }

  /** A call of the user's own function, followed as far as its statements are plain. */
  private enter({ closure, around, isResult }: Closure, args: readonly unknown[]): unknown {
    const { body } = closure;
    if (!body || this.depth >= DEPTH || isAsyncOrGenerator(closure)) return UNKNOWN;
    const environment = new Map(around);
    closure.parameters.forEach(({ name }, k) => {
      const symbol = compiler.isIdentifier(name) ? this.checker.getSymbolAtLocation(name) : undefined;
      if (symbol)
        environment.set(symbol, isReassigned(name.getText(), body) ? UNKNOWN : (args[k] ?? UNKNOWN));
    });
    this.depth++;
    try {
      const result = compiler.isBlock(body) ? this.block(body, environment) : this.value(body, environment);
      return isResult ? result : UNKNOWN;
    } finally {
      this.depth--;
    }
  }

  private block(body: ts.Block, environment: Map<ts.Symbol, unknown>): unknown {
    for (const statement of body.statements) {
      if (compiler.isReturnStatement(statement))
        return statement.expression ? this.value(statement.expression, environment) : undefined;
      if (compiler.isExpressionStatement(statement)) this.value(statement.expression, environment);
      else if (!compiler.isVariableStatement(statement)) return UNKNOWN;
      else this.declare(statement.declarationList, environment, body);
    }
    return undefined;
  }

  private declare(
    list: ts.VariableDeclarationList,
    environment: Map<ts.Symbol, unknown>,
    body: ts.Block,
  ): void {
    for (const { name, initializer } of list.declarations) {
      const symbol = compiler.isIdentifier(name) ? this.checker.getSymbolAtLocation(name) : undefined;
      if (!symbol || !initializer) continue;
      const value = this.value(initializer, environment);
      environment.set(symbol, this.bound(name.getText(), value, body));
    }
  }

  private bound(name: string, value: unknown, body: ts.Node): unknown {
    return isReassigned(name, body) ? UNKNOWN : this.unlessChanged(name, value, body);
  }
}

const LITERALS: ReadonlyMap<ts.SyntaxKind, unknown> = new Map<ts.SyntaxKind, unknown>([
  [compiler.SyntaxKind.TrueKeyword, true],
  [compiler.SyntaxKind.FalseKeyword, false],
  [compiler.SyntaxKind.NullKeyword, null],
]);

function isAsyncOrGenerator(node: ts.SignatureDeclaration): boolean {
  const isAsync = (compiler.getCombinedModifierFlags(node) & compiler.ModifierFlags.Async) !== 0;
  return isAsync || ("asteriskToken" in node && node.asteriskToken !== undefined);
}

/** Runs `body` where ops only infer types: in a trace that is given up at its end. */
export async function insideTrace(body: () => void): Promise<void> {
  // Literals have to be somewhere; the interpreter needs no device.
  await weft.init({ device: "cpu" });
  const done = new Error("given up");
  try {
    weft.jit(() => {
      body();
      throw done;
    })();
  } catch (error) {
    if (error !== done) throw error;
  }
}
