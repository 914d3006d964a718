import {
  addIndex,
  elementCount,
  type Index,
  type KernelGroup,
  mentions,
  type Position,
  positionOf,
  readsOf,
  scaleIndex,
  type ScatterDomain,
  symbol,
  type Value,
} from "@weftjs/ir";
import { inLanes } from "./evaluator.js";
import { type KernelContext, type Part, PartWriter } from "./part.js";
import { splat, type WgslExpr, wgslType } from "./scalar/index.js";
import { indent, type Scope } from "./scope.js";

/**
 * Sums by index. There are no float atomics in WGSL, and none are wanted: here each element of the result is summed
 * by one thread, in the order of the terms, so every run gives the same bits. Two variants:
 *
 * - *search*, for GPUs: a thread an output element, or four neighbours as a vector, walks the indices and adds what
 *   names it. What does not match is not loaded, so the cost is one compare for each output vector and index, of a
 *   number that neighbouring threads read at once: 0.8 G for 2,500 indices into a table of 10,000 x 128.
 * - *share*, for software adapters, where those compares take a minute: a few threads own a share of the rows each,
 *   walk the indices once and add whole rows in memory, which fusion keeps for it (`materialise.ts`). It needs one
 *   index a row, as an embedding has.
 */
export function scatterPart(context: KernelContext, kernel: KernelGroup): Part {
  const layout = layoutOf(kernel);
  const isShared = context.target.kind === "software" && kernel.stores.includes(layout.output);
  return isShared && hasOneIndexARow(layout)
    ? sharePart(context, kernel, layout)
    : searchPart(context, kernel, layout);
}

/** The result as [outer, size, inner], the terms as [outer, count, inner]. */
interface Layout {
  readonly indices: Value;
  readonly source: Value;
  readonly output: Value;
  readonly axis: number;
  readonly outer: number;
  readonly size: number;
  readonly count: number;
  readonly inner: number;
}

function layoutOf(kernel: KernelGroup): Layout {
  const { node } = kernel.group.domain as ScatterDomain;
  const [indices, source] = node.inputs as [Value, Value];
  const output = node.outputs[0]!;
  const axis = node.attrs.axis as number;
  return {
    indices,
    source,
    output,
    axis,
    outer: elementCount(output.shape.slice(0, axis)),
    size: output.shape[axis]!,
    count: source.shape[axis]!,
    inner: elementCount(output.shape.slice(axis + 1)),
  };
}

/** The loop over the terms. Zero is one that no compiler knows: Mesa unrolls short loops with known ends. */
function overTerms({ count }: Layout, body: readonly string[]): string[] {
  return [`for (var n = zero; n < ${count}; n += 1) {`, indent(body), "}"];
}

// ---------------------------------------------------------------------------------------------------------------
// A thread an element

function searchPart(context: KernelContext, kernel: KernelGroup, layout: Layout): Part {
  const { indices, source, output, axis, size, count } = layout;
  const width = layout.inner % 4 === 0 ? 4 : 1;
  const name = width === 4 ? "gq" : "g";
  const threads = output.size / width;
  const linear = width === 4 ? inLanes(name, output.size) : symbol(name, output.size);
  const writer = new PartWriter(context, kernel, [name], new Map([["g", linear]]));
  const { scope, evaluator } = writer;
  const sum: WgslExpr = { text: scope.freshName("sum"), dtype: output.dtype, width };
  const type = wgslType(output.dtype, width);
  scope.lines.push(`if (t >= ${threads}) { return; }`, `let ${name} = t;`, `let zero = t / ${threads};`);
  scope.lines.push(`var ${sum.text} = ${type}(0);`);

  const at = positionOf(linear, output.shape);
  const from = at.with(axis, symbol("n", count));
  const place = evaluator.index(at[axis]!);
  const loop = scope.inner(["n"]);
  evaluator.scope = loop;
  const index = evaluator.at(indices, from);
  // An index that all lanes share lets the element be loaded only where it counts.
  const match = index.width === 4 ? loop : loop.inner(["n"]);
  evaluator.scope = match;
  const element = splat(evaluator.at(source, from), width).text;
  evaluator.scope = scope;
  // Negative indices count from the end.
  const added =
    index.width === 4
      ? [
          `${sum.text} = select(${sum.text}, ${sum.text} + ${element}, (${index.text} == vec4<i32>(${place})) | (${index.text} == vec4<i32>(${place} - ${size})));`,
        ]
      : [
          `if (${index.text} == ${place} || ${index.text} == ${place} - ${size}) {`,
          indent([...match.lines, `${sum.text} += ${element};`]),
          "}",
        ];
  scope.lines.push(...overTerms(layout, [...loop.lines, ...added]));
  evaluator.results.set(output, { at: writer.placeOf(output), expr: sum });
  for (const value of kernel.stores) scope.lines.push(evaluator.store(value, writer.placeOf(value)));
  return { spread: "threads", count: threads, body: scope.lines, declarations: [] };
}

// ---------------------------------------------------------------------------------------------------------------
// A thread a share of the rows

/** Threads that divide the rows: each reads all indices, so more than keep a CPU busy only cost. */
const SHARES = 32;

function hasOneIndexARow({ indices, axis, outer, count, inner }: Layout): boolean {
  const from = termPosition(indices, axis, outer, count, symbol("q", inner));
  const columns = new Set(["q"]);
  return !readsOf(indices, from).some(({ at }) => at.some((place) => mentions(place, columns)));
}

function sharePart(context: KernelContext, kernel: KernelGroup, layout: Layout): Part {
  const { indices, source, output, axis, outer, size, count, inner } = layout;
  const shares = Math.min(size, Math.max(1, Math.ceil(SHARES / outer)));
  const rows = Math.ceil(size / shares);
  const width = inner % 4 === 0 ? 4 : 1;
  const name = width === 4 ? "qq" : "q";
  const column = width === 4 ? inLanes(name, inner) : symbol(name, inner);
  const row = addIndex(scaleIndex(symbol("p", outer), size), symbol("s", size));
  const linear = addIndex(scaleIndex(row, inner), column);
  const writer = new PartWriter(context, kernel, ["p"], new Map([["g", linear]]));
  const { scope, evaluator } = writer;
  const head = `for (var ${name} = 0; ${name} < ${inner / width}; ${name} += 1) {`;
  const ownRows = (body: readonly string[]): string[] => [
    "for (var s = low; s < high; s += 1) {",
    indent([head, indent(body), "}"]),
    "}",
  ];
  scope.lines.push(
    `if (t >= ${outer * shares}) { return; }`,
    `let p = ${outer === 1 ? "0" : `t / ${shares}`};`,
    `let zero = t / ${outer * shares};`,
    `let low = (t % ${shares}) * ${rows};`,
    `let high = min(low + ${rows}, ${size});`,
  );

  const at = positionOf(linear, output.shape);
  const zeros: WgslExpr = { text: `${wgslType(output.dtype, width)}(0)`, dtype: output.dtype, width };
  scope.lines.push(...ownRows(within(scope, ["s", name], () => evaluator.storeAt(output, at, zeros))));

  const loop = scope.inner(["n"]);
  evaluator.scope = loop;
  const from = termPosition(source, axis, outer, count, column);
  const index = evaluator.at(indices, termPosition(indices, axis, outer, count, column)).text;
  loop.lines.push(`let s = select(${index}, ${index} + ${size}, ${index} < 0);`);
  const body = within(loop, ["s", name], () => {
    const term = splat(evaluator.at(source, from), width);
    const sum = evaluator.stored(output, at);
    return evaluator.storeAt(output, at, { ...sum, text: `${sum.text} + ${term.text}` });
  });
  loop.lines.push("if (s >= low && s < high) {", indent([head, indent(body), "}"]), "}");
  evaluator.scope = scope;
  scope.lines.push(...overTerms(layout, loop.lines));

  const others = kernel.stores.filter((value) => value !== output);
  if (others.length > 0) scope.lines.push(...ownRows(within(scope, ["s", name], () => finish(others), true)));
  return { spread: "threads", count: outer * shares, body: scope.lines, declarations: [] };

  function finish(values: readonly Value[]): string {
    evaluator.results.set(output, { at: writer.placeOf(output), expr: evaluator.stored(output, at) });
    return values.map((value) => evaluator.store(value, writer.placeOf(value))).join("\n");
  }

  /** The lines of a block inside `outside`, the last of them what `write` gives. */
  function within(
    outside: Scope,
    symbols: readonly string[],
    write: () => string,
    isClosed = false,
  ): string[] {
    const block = outside.inner(symbols, isClosed);
    evaluator.scope = block;
    const last = write();
    evaluator.scope = outside;
    return [...block.lines, last];
  }
}

/** Where the terms of one row lie: outer position `p`, number `n` along the axis, inner position as given. */
function termPosition(of: Value, axis: number, outer: number, count: number, column: Index): Position {
  return [
    ...positionOf(symbol("p", outer), of.shape.slice(0, axis)),
    symbol("n", count),
    ...positionOf(column, of.shape.slice(axis + 1)),
  ];
}
