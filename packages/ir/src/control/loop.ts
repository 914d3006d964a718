import { defineOp } from "../define-op.js";
import { bug } from "../errors.js";
import type { LoopOp } from "../op.js";
import { formatType, type Operand, sameType, type TensorType, type ValueLike } from "../types.js";
import { batchLoop } from "./loop-batch.js";
import { keptCarried, type LoopAttrs, madeBy, splitOperands, stackType } from "./loop-layout.js";
import { pushLoop } from "./loop-jvp.js";
import { pullLoop } from "./loop-vjp.js";

/**
 * A graph, run again and again on the device, which nobody reads in between. Operands: what is carried, what is
 * given row by row, what is the same for all iterations. Outputs: what was carried out of the last iteration, the
 * rows made, stacked; without a known count how many iterations there were; where it `keeps`, what was carried into
 * each iteration.
 */
export const loop: LoopOp & ((operands: readonly Operand[], attrs: LoopAttrs) => readonly ValueLike[]) =
  defineOp<LoopAttrs>({
    kind: "loop",
    name: "loop",
    summary: "Another graph, again and again.",
    defaults: { scanned: 0, reverse: false, keeps: false },
    infer: inferLoop,
    vjp: (inputs, context) => pullLoop(loop, inputs, context),
    jvp: (inputs, tangents, context) => pushLoop(loop, inputs, tangents, context),
    batch: (inputs, context) => batchLoop(loop, inputs, context),
  });

function inferLoop(types: readonly TensorType[], attrs: LoopAttrs): readonly TensorType[] {
  const { body, count } = attrs;
  const given = splitOperands(types, attrs);
  const rows = given.scanned.map(({ dtype, shape }) => ({ dtype, shape: shape.slice(1) }));
  checkTypes("params", typesOf(body.params), [INDEX, ...given.carried, ...rows, ...given.constants]);
  checkTypes("carried results", typesOf(body.results).slice(0, attrs.carried), given.carried);
  for (const { shape } of given.scanned) checkRows(shape[0], count);
  if (count === null) checkTypes("flag", given.carried.slice(0, 1), [FLAG]);
  else if (!Number.isSafeInteger(count) || count < 0) throw misfit(`${count} iterations`);
  return [
    ...given.carried,
    ...madeBy(attrs).map(({ type }) => stackType(type, count)),
    ...(count === null ? [INDEX] : []),
    ...(attrs.keeps ? keptCarried(attrs).map((k) => stackType(given.carried[k]!, count)) : []),
  ];
}

const INDEX: TensorType = { dtype: "int32", shape: [] };
const FLAG: TensorType = { dtype: "bool", shape: [] };

function typesOf(values: readonly { readonly type: TensorType }[]): readonly TensorType[] {
  return values.map(({ type }) => type);
}

function checkTypes(what: string, got: readonly TensorType[], wanted: readonly TensorType[]): void {
  const fits = got.length === wanted.length && got.every((type, k) => sameType(type, wanted[k]!));
  if (fits) return;
  const list = (types: readonly TensorType[]): string => `(${types.map(formatType).join(", ")})`;
  throw misfit(`the body's ${what} are ${list(got)}, they must be ${list(wanted)}`);
}

function checkRows(rows: number | undefined, count: number | null): void {
  if (rows === count) return;
  throw misfit(`${rows ?? "no"} rows for ${count ?? "an unknown number of"} iterations`);
}

/** The tracer says it in the user's terms before it comes to this. */
function misfit(what: string): Error {
  return bug(`a loop does not fit together: ${what}`);
}
