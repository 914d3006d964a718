import { inlineGraph } from "../autodiff/inline-graph.js";
import { asValue, GraphBuilder } from "../builder.js";
import { keptCarried, type LoopAttrs, madeBy, splitOperands, splitOutputs } from "../control/loop-layout.js";
import { loop } from "../control/loop.js";
import { rowAt } from "../control/row-at.js";
import type { Graph, Node, Value } from "../graph.js";
import { add } from "../ops/arithmetic.js";
import { logicalAnd, where } from "../ops/compare.js";
import { copy } from "../ops/convert.js";
import { constant } from "../ops/source.js";
import type { Bundle, LoopDomain } from "./group.js";
import { rewriteGraph } from "../passes/rewrite-graph.js";
import { withRecorder } from "../recorder.js";
import type { TensorType, ValueLike } from "../types.js";

/**
 * Says loops as a device runs them, with nothing but what is carried, constants and rows that are made:
 *
 * - the index is one more thing carried, the last, where anything depends on it;
 * - rows that are given are read from the whole at the index;
 * - what is kept are rows that are made, copies of what was carried in;
 * - a loop without known count leaves all that is carried as it is once its flag is false, so that iterations may be
 *   encoded before it is known whether they are needed;
 * - each result of the body is a value of its own, computed in the body, so that each has a buffer.
 */
export function lowerLoops(graph: Graph): Graph {
  return rewriteGraph(graph, (node, edit) => {
    if (node.op === loop) edit.replace(node, () => lowered(node));
  });
}

/** The loop that a bundle is, if it is one. */
export function loopOf({ kernels }: Bundle): LoopDomain | undefined {
  const [first] = kernels;
  return first?.group.domain.kind === "loop" ? first.group.domain : undefined;
}

/** The results of a lowered loop's body that are written as rows, each with the index of the row. */
export function indexOfRows({ node, body }: LoopDomain): ReadonlyMap<Value, Value> {
  const { carried } = node.attrs as LoopAttrs;
  const { params, results } = body.graph;
  return new Map(results.slice(carried).map((result) => [result, params[carried]!]));
}

const INDEX: TensorType = { dtype: "int32", shape: [] };

function lowered(node: Node): readonly ValueLike[] {
  const attrs = node.attrs as LoopAttrs;
  const operands = node.inputs.map((input) => (input.passedAs === "scalar" ? copy(input) : input));
  const given = splitOperands(operands, attrs);
  const start = constant({ value: attrs.reverse ? attrs.count! - 1 : 0, ...INDEX });
  const hasIndex = dependsOnIndex(attrs);
  const carried = [...given.carried, ...(hasIndex ? [start] : [])];
  const device: LoopAttrs = {
    body: deviceBody(attrs, splitOperands(node.inputs, attrs), hasIndex),
    count: attrs.count,
    carried: carried.length,
    scanned: 0,
    reverse: false,
    keeps: false,
  };
  const outputs = splitOutputs(loop([...carried, ...given.scanned, ...given.constants], device), device);
  const made = madeBy(attrs).length;
  return [
    ...outputs.carried.slice(0, attrs.carried),
    ...outputs.stacked.slice(0, made),
    ...(attrs.count === null ? [outputs.carried.at(-1)!] : []),
    ...outputs.stacked.slice(made),
  ];
}

function dependsOnIndex(attrs: LoopAttrs): boolean {
  const { body, count, scanned, keeps } = attrs;
  if (count === null || scanned > 0 || keeps || madeBy(attrs).length > 0) return true;
  const [index] = body.params;
  return body.nodes.some(({ inputs }) => inputs.includes(index!)) || body.results.includes(index!);
}

function deviceBody(
  attrs: LoopAttrs,
  given: ReturnType<typeof splitOperands<Value>>,
  hasIndex: boolean,
): Graph {
  const builder = new GraphBuilder(attrs.body.name);
  const param = ({ type }: { readonly type: TensorType }): Value => builder.param(type);
  const counter = builder.param(INDEX);
  const carried = given.carried.map(param);
  const index = hasIndex ? builder.param(INDEX) : counter;
  const scanned = given.scanned.map(param);
  const constants = given.constants.map(param);
  const results = withRecorder(builder, () => {
    const rows = scanned.map((whole) => asValue(rowAt(whole, index)));
    const made = inlineGraph(attrs.body, [index, ...carried, ...rows, ...constants]);
    const next = [...made.slice(0, attrs.carried), ...(hasIndex ? [add(index, attrs.reverse ? -1 : 1)] : [])];
    const kept = attrs.keeps ? keptCarried(attrs).map((k) => carried[k]!) : [];
    const before = [...carried, ...(hasIndex ? [index] : [])];
    const ended = attrs.count === null ? unlessEnded(carried[0]!, next, before) : next;
    return [...ended, ...made.slice(attrs.carried).map(copyOf), ...kept.map(copyOf)];
  });
  return builder.finish(withOwnBuffers(builder, results.map(asValue)));
}

function copyOf(value: ValueLike): ValueLike {
  return copy(value);
}

function unlessEnded(goesOn: Value, next: readonly ValueLike[], before: readonly Value[]): ValueLike[] {
  return next.map((value, k) => (k === 0 ? logicalAnd(goesOn, value) : where(goesOn, value, before[k]!)));
}

/** Copies of results that are parameters, movement or sources, or twice the same. */
function withOwnBuffers(builder: GraphBuilder, results: readonly Value[]): readonly Value[] {
  const seen = new Set<Value>();
  return results.map((result) => {
    const kind = result.node?.op.kind;
    const isOwn = kind !== undefined && kind !== "movement" && kind !== "source" && !seen.has(result);
    seen.add(result);
    return isOwn ? result : asValue(withRecorder(builder, () => copy(result)));
  });
}
