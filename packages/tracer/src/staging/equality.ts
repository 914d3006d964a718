import { formatType } from "@weftjs/ir";
import { noteDecision } from "../trace/decisions.js";
import { userError } from "../trace/user-error.js";
import { at, isTensor } from "./operands.js";
import type { BinaryOperator } from "./operators.js";

/** `a === b` @throws W1050 */
export const same: BinaryOperator = (a, b, site) => {
  if (isTensor(a) || isTensor(b)) refuse("===", a, b, site);
  noteDecision(a, b, site);
  return a === b;
};

/** `a !== b` @throws W1050 */
export const different: BinaryOperator = (a, b, site) => {
  if (isTensor(a) || isTensor(b)) refuse("!==", a, b, site);
  noteDecision(a, b, site);
  return a !== b;
};

/** `a == b` @throws W1050 */
export const looselyEqual: BinaryOperator = (a, b, site) => {
  if (isTensor(a) || isTensor(b)) refuse("==", a, b, site);
  noteDecision(a, b, site);
  // oxlint-disable-next-line eqeqeq -- the user's own operator
  return a == b;
};

/** `a != b` @throws W1050 */
export const looselyUnequal: BinaryOperator = (a, b, site) => {
  if (isTensor(a) || isTensor(b)) refuse("!=", a, b, site);
  noteDecision(a, b, site);
  // oxlint-disable-next-line eqeqeq -- the user's own operator
  return a != b;
};

/** A tensor is compared with something that could be its value. With anything else JavaScript's answer is right. */
function refuse(operator: string, a: unknown, b: unknown, site: number): void {
  if (!isComparable(a) || !isComparable(b)) return;
  const operand = (isTensor(a) ? a : b) as { type: Parameters<typeof formatType>[0] };
  throw at(site, () =>
    userError({
      code: "W1050",
      message: `${operator} compares objects, and one is a tensor (${formatType(operand.type)})`,
      notes: ["two tensors are two objects, whatever their elements; JavaScript would say so at once"],
      hint: operator.startsWith("!")
        ? "write notEqual(a, b) for the elements, !Object.is(a, b) for the objects"
        : "write equal(a, b) for the elements, Object.is(a, b) for the objects",
    }),
  );
}

function isComparable(value: unknown): boolean {
  return (
    typeof value === "number" || typeof value === "boolean" || typeof value === "bigint" || isTensor(value)
  );
}
