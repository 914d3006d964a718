import { inlineGraph } from "../autodiff/inline-graph.js";
import { jvpGraph } from "../autodiff/jvp-graph.js";
import { asValue, GraphBuilder } from "../builder.js";
import type { Graph, Value } from "../graph.js";
import type { JvpContext } from "../op.js";
import { zerosLike } from "./zeros-like.js";
import { withRecorder } from "../recorder.js";
import { isFloat, type Operand, type TensorType } from "../types.js";
import { keptCarried, type LoopAttrs, madeBy, splitOperands, splitOutputs } from "./loop-layout.js";
import type { LoopCall } from "./loop-vjp.js";

/**
 * The tangents of a loop's outputs, by one loop that carries values and tangents side by side. What the primal loop
 * computed is computed again here: its iterations and these are one another's.
 */
export function pushLoop(
  loop: LoopCall,
  inputs: readonly Value[],
  tangents: readonly (Value | undefined)[],
  { attrs }: JvpContext<LoopAttrs>,
): readonly (Operand | undefined)[] {
  const given = splitOperands(inputs, attrs);
  const along = splitOperands(tangents, attrs);
  // Whatever is carried may come to depend on what varies.
  const carried = [...given.carried.keys()].filter((k) => isFloat(given.carried[k]!.dtype));
  const scanned = [...along.scanned.keys()].filter((k) => along.scanned[k]);
  const constants = [...along.constants.keys()].filter((k) => along.constants[k]);
  const made = [...madeBy(attrs).keys()].filter((k) => isFloat(madeBy(attrs)[k]!.dtype));

  const operands = [
    ...given.carried,
    ...carried.map((k) => along.carried[k] ?? zerosLike(given.carried[k]!.type)),
    ...given.scanned,
    ...scanned.map((k) => along.scanned[k]!),
    ...given.constants,
    ...constants.map((k) => along.constants[k]!),
  ];
  const both: LoopAttrs = {
    ...attrs,
    body: bodyOfBoth(given, attrs, { carried, scanned, constants, made }),
    carried: given.carried.length + carried.length,
    scanned: given.scanned.length + scanned.length,
  };
  const outputs = splitOutputs(loop(operands, both), both);
  const first = given.carried.length;
  const keptAt = keptCarried(both);
  return [
    ...given.carried.map((_, k) => at(outputs.carried, carried.indexOf(k), first)),
    ...madeBy(attrs).map((_, k) => at(outputs.stacked, made.indexOf(k), madeBy(attrs).length)),
    ...(attrs.count === null ? [undefined] : []),
    ...(attrs.keeps
      ? keptCarried(attrs).map((k) => at(outputs.kept, carried.indexOf(k), keptAt.indexOf(first)))
      : []),
  ];
}

interface Varying {
  readonly carried: readonly number[];
  readonly scanned: readonly number[];
  readonly constants: readonly number[];
  readonly made: readonly number[];
}

/** One iteration of values and tangents: in each role the values first, then the tangents. */
function bodyOfBoth(
  given: ReturnType<typeof splitOperands<Value>>,
  { body, carried }: LoopAttrs,
  varying: Varying,
): Graph {
  const rows = 1 + carried;
  const wrt = [
    ...varying.carried.map((k) => 1 + k),
    ...varying.scanned.map((k) => rows + k),
    ...varying.constants.map((k) => rows + given.scanned.length + k),
  ];
  const of = [...varying.carried, ...varying.made.map((k) => carried + k)];
  const tangents = jvpGraph(body, wrt, { of, keepResults: true });

  const builder = new GraphBuilder(body.name);
  const params = (types: readonly TensorType[]): Value[] => types.map((type) => builder.param(type));
  const types = body.params.map(({ type }) => type);
  const index = params(types.slice(0, 1));
  const values = params(types.slice(1, rows));
  const alongValues = params(varying.carried.map((k) => types[1 + k]!));
  const scanned = params(types.slice(rows, rows + given.scanned.length));
  const alongScanned = params(varying.scanned.map((k) => types[rows + k]!));
  const constants = params(types.slice(rows + given.scanned.length));
  const alongConstants = params(varying.constants.map((k) => given.constants[k]!.type));
  const results = withRecorder(builder, () =>
    inlineGraph(tangents, [
      ...index,
      ...values,
      ...scanned,
      ...constants,
      ...alongValues,
      ...alongScanned,
      ...alongConstants,
    ]),
  ).map(asValue);
  const [primal, pushed] = [results.slice(0, body.results.length), results.slice(body.results.length)];
  return builder.finish([
    ...primal.slice(0, carried),
    ...pushed.slice(0, varying.carried.length),
    ...primal.slice(carried),
    ...pushed.slice(varying.carried.length),
  ]);
}

function at<T>(list: readonly T[], position: number, from: number): T | undefined {
  return position < 0 ? undefined : list[from + position];
}
