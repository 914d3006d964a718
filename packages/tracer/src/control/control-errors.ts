import { formatType, type TensorType, type WeftError } from "@weftjs/ir";
import { Tensor } from "../tensor.js";
import { userError } from "../trace/user-error.js";
import { type FlatTree, unflatten } from "../tree/tree.js";
import { visitLeaves } from "../tree/visit.js";

// What can be wrong with functions that the device chooses between or repeats.

export function differentTrees(taken: FlatTree, other: FlatTree): WeftError {
  return userError({
    code: "W1060",
    message: "two branches give results of different structure",
    notes: [`one gives ${describeTree(taken)}`, `the other gives ${describeTree(other)}`],
    hint: "give the same arrays and objects from both, with zeros where one has nothing to say",
  });
}

export function differentTypes(taken: TensorType, other: TensorType, leaf: number): WeftError {
  return userError({
    code: "W1061",
    message: `two branches give ${formatType(taken)} and ${formatType(other)} in the same place (leaf ${leaf})`,
    notes: ["which of them is taken is known on the device alone, so both must be of one shape and dtype"],
    hint: "convert with astype, or broadcastTo, reshape or pad to the shape of the other",
  });
}

export function differentLeaves(taken: unknown, other: unknown, leaf: number): WeftError {
  return userError({
    code: "W1062",
    message: `two branches give ${describeLeaf(taken)} and ${describeLeaf(other)} in the same place (leaf ${leaf})`,
    notes: ["the device can choose between tensors, numbers and booleans"],
    hint: "choose between other values by what JavaScript knows, or await the condition's item()",
  });
}

export function changedState(wanted: TensorType, got: unknown, path: string): WeftError {
  return userError({
    code: "W1063",
    message: `an iteration turns state${path}, ${formatType(wanted)}, into ${describeLeaf(got)}`,
    notes: ["what is carried keeps its shape and dtype, as each iteration is the same code"],
    hint: "begin with a tensor of the type that the body gives, or convert with astype and reshape",
  });
}

export function changedTree(wanted: FlatTree, got: FlatTree): WeftError {
  return userError({
    code: "W1063",
    message: "an iteration changes the structure of what is carried",
    notes: [`it begins with ${describeTree(wanted)}`, `the body gives ${describeTree(got)}`],
    hint: "give back the same arrays and objects",
  });
}

export function noCondition(got: unknown, what: string): WeftError {
  return userError({
    code: "W1064",
    message: `${what} must be one bool or number on the device, got ${describeLeaf(got)}`,
    hint:
      got instanceof Tensor
        ? "reduce it with any or all"
        : "compare tensors, as in less(error, 1e-3); for what JavaScript knows, use its own if and while",
  });
}

export function unfitRows(message: string, hint: string): WeftError {
  return userError({ code: "W1065", message, hint });
}

function describeTree({ structure, leaves }: FlatTree): string {
  const parts: string[] = [];
  visitLeaves(unflatten(structure, leaves), (leaf, path) => {
    parts.push(`${path === "" ? "" : `${path}: `}${describeLeaf(leaf)}`);
  });
  return parts.length === 0 ? "nothing" : parts.slice(0, 8).join(", ");
}

function describeLeaf(leaf: unknown): string {
  if (leaf instanceof Tensor) return formatType(leaf.type);
  if (typeof leaf === "string") return JSON.stringify(leaf);
  if (typeof leaf === "object" && leaf !== null) return `a ${leaf.constructor?.name ?? "object"}`;
  return typeof leaf === "function" ? "a function" : String(leaf);
}
