import type ts from "typescript";
import { compiler } from "../hosts/compiler.js";

/** What a type says about a value, as far as operators ask. A union says several things. */
export interface Facts {
  readonly isAny: boolean;
  readonly mayBeTensor: boolean;
  readonly mayBeNumber: boolean;
  readonly mayBeBigInt: boolean;
  readonly mayBeString: boolean;
  readonly mayBeBoolean: boolean;
  readonly mayBePromise: boolean;
  readonly mayBeNothing: boolean;
  /** Something else: an object, a function, an array. */
  readonly mayBeOther: boolean;
}

const { TypeFlags } = compiler;

/** Reads a type. A type parameter says what its constraint says. */
export function factsOf(type: ts.Type, checker: ts.TypeChecker): Facts {
  const constraint = checker.getBaseConstraintOfType(type) ?? type;
  const parts = constraint.isUnion() ? constraint.types : [constraint];
  const has = (flags: ts.TypeFlags): boolean => parts.some((part) => (part.flags & flags) !== 0);
  const objects = parts.filter((part) => (part.flags & (TypeFlags.Object | TypeFlags.Intersection)) !== 0);
  const tensors = objects.filter(isTensorType);
  const promises = objects.filter((part) => part.symbol?.name === "Promise");
  return {
    isAny: has(TypeFlags.Any | TypeFlags.Unknown | TypeFlags.Never | TypeFlags.TypeParameter),
    mayBeTensor: tensors.length > 0,
    mayBeNumber: has(TypeFlags.NumberLike),
    mayBeBigInt: has(TypeFlags.BigIntLike),
    mayBeString: has(TypeFlags.StringLike),
    mayBeBoolean: has(TypeFlags.BooleanLike),
    mayBePromise: promises.length > 0,
    mayBeNothing: has(TypeFlags.Null | TypeFlags.Undefined | TypeFlags.Void),
    mayBeOther: objects.length > tensors.length + promises.length,
  };
}

/** Whether a value of the type is a tensor, whatever happens. */
export function isTensorAlone(type: ts.Type, checker: ts.TypeChecker): boolean {
  const facts = factsOf(type, checker);
  return facts.mayBeTensor && !facts.isAny && !facts.mayBeBoolean && !facts.mayBeNothing;
}

/** A tensor of either surface, or a part of one. */
function isTensorType(type: ts.Type): boolean {
  if (type.isIntersection()) return type.types.some(isTensorType);
  const { symbol } = type;
  if (symbol?.name !== "Tensor" && symbol?.name !== "Part") return false;
  return (symbol.declarations ?? []).some((declaration) =>
    /[\\/](?:weftjs|tracer)[\\/](?:src|dist)[\\/]/.test(declaration.getSourceFile().fileName),
  );
}
