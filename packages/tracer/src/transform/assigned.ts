import type ts from "typescript";
import { isInFunctionInside, type Names } from "./names.js";
import type { Binding } from "./scopes.js";
import { syntax } from "./syntax.js";

type Piece = ts.Node | undefined;

/** Whether a node is one of the pieces, or inside one. */
export function isWithin(node: ts.Node, ...pieces: readonly (ts.TextRange | undefined)[]): boolean {
  return pieces.some((piece) => piece !== undefined && piece.pos <= node.pos && node.end <= piece.end);
}

/**
 * The variables from outside that the pieces write, themselves or by calling a function of the file. Constants are left
 * to JavaScript, which refuses.
 */
export function writtenIn(names: Names, ...pieces: readonly Piece[]): readonly Binding[] {
  const own = pieces.flatMap((piece) => (piece ? names.writtenBetween(piece.pos, piece.end) : []));
  const byOthers = pieces.some((piece) => piece && hasCall(piece)) ? visibleAt(names, pieces) : [];
  return [...new Set([...own, ...byOthers])].filter(
    ({ scope, declaration, isConstant }) =>
      !isConstant && !isWithin(scope.node, ...pieces) && !isWithin(declaration, ...pieces),
  );
}

export function hasCall(piece: ts.Node): boolean {
  let found = false;
  const visit = (node: ts.Node): void => {
    found ||=
      syntax.isCallExpression(node) ||
      syntax.isNewExpression(node) ||
      syntax.isTaggedTemplateExpression(node);
    if (!found) syntax.forEachChild(node, visit);
  };
  visit(piece);
  return found;
}

/** Those of the variables that have the meaning of their name where the pieces stand, and a value by then. */
function visibleAt(names: Names, pieces: readonly Piece[]): readonly Binding[] {
  const first = pieces.find((piece) => piece !== undefined)!;
  return names.captured.filter(
    (binding) =>
      isWithin(first, binding.scope.node) &&
      (binding.isHoisted ||
        binding.kind === "parameter" ||
        binding.declaration.end <= first.pos ||
        isInFunctionInside(first, binding.scope.node)) &&
      names.bindingAt(first, binding.name) === binding,
  );
}

/** Those of the variables that something may read after the statement, or the next time it runs. */
export function livingAfter(statement: ts.Node, bindings: readonly Binding[]): readonly Binding[] {
  return bindings.filter(
    (binding) =>
      isRepeated(statement, binding) ||
      binding.references.some(
        (place) => place.pos >= statement.end || isInFunctionInside(place, binding.scope.node),
      ),
  );
}

function isRepeated(statement: ts.Node, { scope }: Binding): boolean {
  for (let at = statement.parent; at && at !== scope.node; at = at.parent) {
    if (syntax.isIterationStatement(at, false) || syntax.isFunctionLike(at)) return true;
  }
  // The variables of a loop's head live from one iteration to the next.
  return syntax.isIterationStatement(scope.node, false);
}

/** Those that outlive the function which the statement belongs to: its caller's, and what closures keep. */
export function outlivingFunction(frame: ts.Node, bindings: readonly Binding[]): readonly Binding[] {
  // The variables of a loop's head live from one iteration to the next.
  const extent = syntax.isIterationStatement(frame, false) ? frame.statement : frame;
  return bindings.filter(
    (binding) =>
      !isWithin(binding.scope.node, extent) ||
      binding.references.some((place) => isInFunctionInside(place, binding.scope.node)),
  );
}

/** Whether a variable that belongs to one of the pieces is named outside of all: `var`, functions, later `let`. */
export function declaresForOthers(names: Names, ...pieces: readonly Piece[]): boolean {
  return pieces.some((piece) =>
    piece
      ? names
          .declaredBetween(piece.pos, piece.end)
          .some(
            ({ scope, references }) =>
              !isWithin(scope.node, ...pieces) && references.some((place) => !isWithin(place, ...pieces)),
          )
      : false,
  );
}
