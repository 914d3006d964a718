import type ts from "typescript";
import type { Names } from "./names.js";
import type { Binding } from "./scopes.js";
import { syntax } from "./syntax.js";

type Piece = ts.Node | undefined;

/** Whether a node is one of the pieces, or inside one. */
export function isWithin(node: ts.Node, ...pieces: readonly Piece[]): boolean {
  return pieces.some((piece) => piece !== undefined && piece.pos <= node.pos && node.end <= piece.end);
}

/** The variables from outside that the pieces write. Constants are left to JavaScript, which refuses. */
export function writtenIn(names: Names, ...pieces: readonly Piece[]): readonly Binding[] {
  const written = new Set(
    pieces.flatMap((piece) => (piece ? names.writtenBetween(piece.pos, piece.end) : [])),
  );
  return [...written].filter(
    ({ scope, declaration, isConstant }) =>
      !isConstant && !isWithin(scope.node, ...pieces) && !isWithin(declaration, ...pieces),
  );
}

/** Those of the variables that something may read after the statement, or the next time it runs. */
export function livingAfter(statement: ts.Node, bindings: readonly Binding[]): readonly Binding[] {
  return bindings.filter(
    (binding) =>
      isRepeated(statement, binding) ||
      binding.references.some((place) => place.pos >= statement.end || isInOtherFunction(place, binding)),
  );
}

/** Whether a function, called whenever, is between the place and the variable's own. */
function isInOtherFunction(place: ts.Node, { scope }: Binding): boolean {
  for (let at = place.parent; at && at !== scope.node; at = at.parent)
    if (syntax.isFunctionLike(at)) return true;
  return false;
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
  return bindings.filter(
    (binding) =>
      !isWithin(binding.scope.node, frame) ||
      binding.references.some((place) => isInOtherFunction(place, binding)),
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
