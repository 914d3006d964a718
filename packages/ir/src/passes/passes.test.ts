import { describe, expect, test } from "vitest";
import { GraphBuilder } from "../builder.js";
import { Graph, type Value } from "../graph.js";
import "../index.js";
import { hostTensor } from "../interpreter/host-tensor.js";
import { interpret } from "../interpreter/interpret.js";
import { add, multiply } from "../ops/arithmetic.js";
import { power } from "../ops/exponential.js";
import { transpose } from "../ops/movement.js";
import { withRecorder } from "../recorder.js";
import { after, leavesAlone } from "../testing/after.js";
import { parseGraph } from "../text/parse.js";
import { printGraph } from "../text/print.js";
import { verifyGraph } from "../text/verify.js";
import { canonicalize } from "./canonicalize.js";
import { cse } from "./cse.js";
import { dce } from "./dce.js";
import { expandPowers } from "./expand-powers.js";
import { expandRegions } from "./expand-regions.js";
import { fold } from "./fold.js";
import { mergeBroadcasts } from "./merge-broadcasts.js";
import { mergeReductions } from "./merge-reductions.js";
import { mergeReshapes } from "./merge-reshapes.js";
import { mergeSlices } from "./merge-slices.js";
import { mergeTransposes } from "./merge-transposes.js";
import { definePass, type Pass } from "./pass.js";
import { optimize, pipeline } from "./pipeline.js";
import { runPasses } from "./run-passes.js";
import { simplifyAlgebra } from "./simplify-algebra.js";
import { sinkBroadcasts } from "./sink-broadcasts.js";

/** The equations behind a pass for those given, on `%x: f32[2,3]`, `%y: f32[3]`, `%i: i32[]`, `%b: bool[2,3]`. */
function equations(pass: Pass, ...lines: readonly string[]): string {
  const result = lines.at(-1)!.split(":")[0]!;
  const text = after(pass, wrap([...lines, `return ${result}`]));
  return text
    .split("\n")
    .slice(1, -1)
    .map((line) => line.trim())
    .join("\n");
}

function wrap(lines: readonly string[]): string {
  return `graph(%x: f32[2,3], %y: f32[3], %i: i32[], %b: bool[2,3]) {\n${lines.join("\n")}\n}`;
}

function refuses(pass: Pass, ...lines: readonly string[]): boolean {
  return leavesAlone(pass, wrap([...lines, `return ${lines.at(-1)!.split(":")[0]!}`]));
}

describe("dce", () => {
  test("drops what no result needs and keeps every parameter", () => {
    expect(equations(dce, "%0: f32[2,3] = exp %x", "%1: f32[2,3] = log %x")).toMatchInlineSnapshot(`
      "%0: f32[2,3] = log %x
      return %0"
    `);
  });

  test("keeps a node of which one output is needed", () => {
    const body = "graph(%a: f32[3]) { return %a, %a }";
    expect(refuses(dce, `%0: f32[3], %1: f32[3] = call %y {body=${body}}`)).toBe(true);
  });
});

describe("cse", () => {
  test("merges equal nodes, sums and products either way round", () => {
    expect(
      equations(
        cse,
        "%0: f32[3] = exp %y",
        "%1: f32[3] = exp %y",
        "%2: f32[3] = multiply %0, %y",
        "%3: f32[3] = multiply %y, %1",
        "%4: f32[3] = add %2, %3",
      ),
    ).toMatchInlineSnapshot(`
      "%0: f32[3] = exp %y
      %1: f32[3] = multiply %0, %y
      %2: f32[3] = add %1, %1
      return %2"
    `);
  });

  test("keeps differences, maxima and constants of unequal sign apart", () => {
    expect(
      refuses(
        cse,
        "%0: f32[3] = exp %y",
        "%1: f32[3] = subtract %0, %y",
        "%2: f32[3] = subtract %y, %0",
        "%3: f32[3] = add %1, %2",
      ),
    ).toBe(true);
    expect(
      refuses(
        cse,
        "%0: f32[3] = exp %y",
        "%1: f32[3] = maximum %0, %y",
        "%2: f32[3] = maximum %y, %0",
        "%3: f32[3] = add %1, %2",
      ),
    ).toBe(true);
    expect(
      refuses(
        cse,
        "%0: f32[3] = constant {dtype=float32, shape=[3], value=0}",
        "%1: f32[3] = constant {dtype=float32, shape=[3], value=-0}",
        "%2: f32[3] = add %0, %1",
      ),
    ).toBe(true);
  });

  test("merges calls of equal bodies, and not of others", () => {
    const callOf = (op: string): string =>
      `call %y {body=graph(%a: f32[3]) { %0: f32[3] = ${op} %a return %0 }}`;
    const lines = (second: string): string[] => [
      `%0: f32[3] = ${callOf("exp")}`,
      `%1: f32[3] = ${callOf(second)}`,
      "%2: f32[3] = add %0, %1",
    ];
    expect(refuses(cse, ...lines("sin"))).toBe(true);
    expect(refuses(cse, ...lines("exp"))).toBe(false);
  });
});

describe("expand-regions", () => {
  test("inlines calls through all levels", () => {
    const inner = "graph(%a: f32[3]) { %0: f32[3] = exp %a return %0, %a }";
    const outer = `graph(%a: f32[3]) { %0: f32[3], %1: f32[3] = call %a {body=${inner}} %2: f32[3] = add %0, %1 return %2 }`;
    expect(equations(expandRegions, `%0: f32[3] = call %y {body=${outer}}`, "%1: f32[3] = sin %0"))
      .toMatchInlineSnapshot(`
      "%0: f32[3] = exp %y
      %1: f32[3] = add %0, %y
      %2: f32[3] = sin %1
      return %2"
    `);
  });

  test("a graph without regions stays as it is", () => {
    expect(refuses(expandRegions, "%0: f32[3] = exp %y")).toBe(true);
  });

  test("3,000 levels within one another do not exhaust the stack", () => {
    let body = parseGraph("graph(%a: f32[]) { %0: f32[] = sin %a return %0 }");
    const callOp = parseGraph(
      "graph(%a: f32[]) { %0: f32[] = call %a {body=graph(%a: f32[]) { return %a }} return %0 }",
    ).nodes[0]!.op;
    for (let level = 0; level < 3000; level++) {
      const builder = new GraphBuilder();
      const a = builder.param({ dtype: "float32", shape: [] });
      const [x] = builder.append(callOp, [a], { body }, [a.type]);
      const y = withRecorder(builder, () => add(x!, 1)) as Value;
      body = builder.finish([y]);
    }
    const graph = expandRegions.run(body);
    expect(graph.nodes.length).toBe(6_001);
    expect(interpret(graph, [hostTensor({ dtype: "float32", shape: [] }, [0])])[0]!.data[0]).toBe(3000);
  });
});

describe("canonicalize", () => {
  test.each([
    ["a reshape to the same shape", "%0: f32[2,3] = reshape %x {shape=[2,3]}"],
    ["a transpose in order", "%0: f32[2,3] = transpose %x {perm=[0,1]}"],
    ["a broadcast to the same shape", "%0: f32[2,3] = broadcastTo %x {shape=[2,3]}"],
    ["a slice of everything", "%0: f32[2,3] = slice %x {starts=[0,0], sizes=[2,3], strides=[1,1]}"],
    ["a pad by nothing", "%0: f32[2,3] = pad %x {low=[0,0], high=[0,0]}"],
    ["a flip of no axes", "%0: f32[2,3] = flip %x {axes=[]}"],
    ["a cast to its own dtype", "%0: f32[2,3] = astype %x {dtype=float32}"],
    ["stopGradient", "%0: f32[2,3] = stopGradient %x"],
    ["a concat of one", "%0: f32[2,3] = concat %x {axis=1}"],
  ])("drops %s", (_, line) => {
    expect(equations(canonicalize, line)).toBe("return %x");
  });

  test("windows at constant starts become slices and pads", () => {
    expect(
      equations(
        canonicalize,
        "%0: i32[] = constant {dtype=int32, shape=[], value=-1}",
        "%1: i32[] = constant {dtype=int32, shape=[], value=1}",
        "%2: f32[2,2] = dynamicSlice %x, %0, %1 {sizes=[2,2]}",
        "%3: f32[4,4] = dynamicPad %2, %1, %0 {shape=[4,4]}",
      ),
    ).toMatchInlineSnapshot(`
      "%0: f32[1,2] = slice %x {sizes=[1,2], starts=[0,1], strides=[1,1]}
      %1: f32[2,2] = pad %0 {high=[0,0], low=[1,0]}
      %2: f32[2,1] = slice %1 {sizes=[2,1], starts=[0,1], strides=[1,1]}
      %3: f32[4,4] = pad %2 {high=[1,3], low=[1,0]}
      return %3"
    `);
  });

  test("a transpose that moves only axes of size 1 becomes a reshape", () => {
    expect(
      equations(
        canonicalize,
        "%0: f32[1,3] = reshape %y {shape=[1,3]}",
        "%1: f32[3,1] = transpose %0 {perm=[1,0]}",
      ),
    ).toMatchInlineSnapshot(`
      "%0: f32[1,3] = reshape %y {shape=[1,3]}
      %1: f32[3,1] = reshape %0 {shape=[3,1]}
      return %1"
    `);
  });

  test("a detour through a wider dtype vanishes, one through a narrower does not", () => {
    expect(
      equations(
        canonicalize,
        "%0: f64[2,3] = astype %x {dtype=float64}",
        "%1: f32[2,3] = astype %0 {dtype=float32}",
      ),
    ).toBe("return %x");
    expect(
      refuses(
        canonicalize,
        "%0: f16[2,3] = astype %x {dtype=float16}",
        "%1: f32[2,3] = astype %0 {dtype=float32}",
      ),
    ).toBe(true);
    expect(
      refuses(canonicalize, "%0: f32[] = astype %i {dtype=float32}", "%1: i32[] = astype %0 {dtype=int32}"),
    ).toBe(true);
  });

  test.each([
    ["a slice backwards", "%0: f32[2,3] = slice %x {starts=[1,0], sizes=[2,3], strides=[-1,1]}"],
    ["a window at a start that is known only later", "%0: f32[2] = dynamicSlice %y, %i {sizes=[2]}"],
    ["a pad between elements", "%0: f32[2,5] = pad %x {low=[0,0], high=[0,0], interior=[0,1]}"],
  ])("keeps %s", (_, line) => {
    expect(refuses(canonicalize, line)).toBe(true);
  });
});

describe("fold", () => {
  const constant = (name: string, value: string, shape = "[3]"): string =>
    `${name}: f32${shape} = constant {dtype=float32, shape=${shape}, value=${value}}`;

  test("computes pointwise ops on constants, rounded as they would be stored", () => {
    expect(equations(fold, constant("%0", "2"), constant("%1", "0.1"), "%2: f32[3] = multiply %0, %1"))
      .toMatchInlineSnapshot(`
      "%0: f32[3] = constant {dtype=float32, shape=[3], value=0.20000000298023224}
      return %0"
    `);
  });

  test("computes reductions and movements of constants", () => {
    expect(
      equations(
        fold,
        constant("%0", "1", "[100,1000]"),
        "%1: f32[] = sum %0 {axes=[0,1]}",
        "%2: f32[2] = broadcastTo %1 {shape=[2]}",
      ),
    ).toMatchInlineSnapshot(`
      "%0: f32[2] = constant {dtype=float32, shape=[2], value=100000}
      return %0"
    `);
  });

  test("gives special values as the op does", () => {
    expect(equations(fold, constant("%0", "-1"), "%1: f32[3] = sqrt %0")).toContain("value=nan");
    expect(equations(fold, constant("%0", "-0"), "%1: f32[3] = reciprocal %0")).toContain("value=-inf");
    expect(equations(fold, constant("%0", "-0", "[1]"), "%1: f32[] = sum %0 {axes=[0]}")).toContain(
      "value=0}",
    );
    expect(equations(fold, constant("%0", "0", "[0]"), "%1: f32[] = prod %0 {axes=[0]}")).toContain(
      "value=1}",
    );
  });

  test("leaves what is not the same everywhere, and sums that would round", () => {
    expect(refuses(fold, constant("%0", "1", "[2]"), "%1: f32[4] = pad %0 {low=[1], high=[1]}")).toBe(true);
    expect(refuses(fold, constant("%0", "0.1", "[100,1000]"), "%1: f32[] = sum %0 {axes=[0,1]}")).toBe(true);
    expect(refuses(fold, "%0: f32[3] = iota {dtype=float32, shape=[3], axis=0}")).toBe(true);
  });
});

describe("simplify-algebra", () => {
  const constant = (value: string, dtype = "float32"): string =>
    `%c: ${dtype === "float32" ? "f32" : "i32"}[${dtype === "float32" ? "3" : ""}] = constant {dtype=${dtype}, shape=[${dtype === "float32" ? "3" : ""}], value=${value}}`;
  const run = (...lines: readonly string[]): string => equations(simplifyAlgebra, ...lines);

  test.each([
    ["x · 1", constant("1"), "%0: f32[3] = multiply %y, %c"],
    ["1 · x", constant("1"), "%0: f32[3] = multiply %c, %y"],
    ["x / 1", constant("1"), "%0: f32[3] = divide %y, %c"],
    ["x + -0", constant("-0"), "%0: f32[3] = add %y, %c"],
    ["x - 0", constant("0"), "%0: f32[3] = subtract %y, %c"],
    ["max(x, -∞)", constant("-inf"), "%0: f32[3] = maximum %y, %c"],
    ["-(-x)", "%c: f32[3] = negative %y", "%0: f32[3] = negative %c"],
    ["max(x, x)", "%0: f32[3] = maximum %y, %y"],
  ])("%s is x", (_, ...lines) => {
    expect(run(...lines)).toBe("return %y");
  });

  test.each([
    ["x · -1", constant("-1"), "%0: f32[3] = multiply %y, %c", "negative %y"],
    ["-0 - x", constant("-0"), "%0: f32[3] = subtract %c, %y", "negative %y"],
    ["1 / x", constant("1"), "%0: f32[3] = divide %c, %y", "reciprocal %y"],
    ["x · x", "%c: f32[3] = exp %y", "%0: f32[3] = multiply %c, %c", "square %0"],
    ["|-x|", "%c: f32[3] = negative %y", "%0: f32[3] = abs %c", "abs %y"],
    ["a - -b", "%c: f32[3] = negative %y", "%0: f32[3] = subtract %y, %c", "add %y, %y"],
  ])("%s is something cheaper", (_, first, second, expected) => {
    expect(run(first, second)).toContain(expected);
  });

  test("division by a power of two becomes an exact product", () => {
    expect(run(constant("-4"), "%0: f32[3] = divide %y, %c")).toMatchInlineSnapshot(`
      "%0: f32[3] = constant {dtype=float32, shape=[3], value=-0.25}
      %1: f32[3] = multiply %y, %0
      return %1"
    `);
  });

  test("of integers, x + 0 is x and x · 0 is 0", () => {
    expect(run(constant("0", "int32"), "%0: i32[] = add %i, %c")).toBe("return %i");
    expect(run(constant("0", "int32"), "%0: i32[] = multiply %i, %c")).toContain("constant");
  });

  test("conditions that are known choose, inverted ones turn round", () => {
    expect(run("%0: bool[2,3] = logicalNot %b", "%1: f32[2,3] = exp %x", "%2: f32[2,3] = where %0, %x, %1"))
      .toMatchInlineSnapshot(`
      "%0: f32[2,3] = exp %x
      %1: f32[2,3] = where %b, %0, %x
      return %1"
    `);
  });

  test.each([
    ["x + 0, because -0 + 0 is 0", constant("0"), "%0: f32[3] = add %y, %c"],
    ["0 - x, because 0 - 0 is not -0", constant("0"), "%0: f32[3] = subtract %c, %y"],
    ["x · 0, because of NaN, infinities and -0", constant("0"), "%0: f32[3] = multiply %y, %c"],
    ["x / 3, because 1/3 is not exact", constant("3"), "%0: f32[3] = divide %y, %c"],
    ["x - x, because of NaN", "%0: f32[3] = subtract %y, %y"],
    ["x = x, because of NaN", "%0: bool[3] = equal %y, %y"],
  ])("keeps %s", (_, ...lines) => {
    expect(refuses(simplifyAlgebra, ...lines)).toBe(true);
  });
});

describe("expand-powers", () => {
  const powerOf = (exponent: number): [string, string] => [
    `%c: f32[3] = constant {dtype=float32, shape=[3], value=${exponent}}`,
    "%0: f32[3] = power %y, %c",
  ];

  test("x ** 2 is a square", () => {
    expect(equations(expandPowers, ...powerOf(2))).toMatchInlineSnapshot(`
      "%0: f32[3] = square %y
      return %0"
    `);
  });

  test("a power of two and a half, or of an exponent that varies, stays", () => {
    expect(refuses(expandPowers, ...powerOf(2.5))).toBe(true);
    expect(refuses(expandPowers, "%0: f32[3] = power %y, %y")).toBe(true);
  });

  test("gives what power gives, but for -0 and -Infinity to the power of 0.5", () => {
    const bases = [0, -0, 1, -1, 2, -3, 0.7, 1e-30, -1e30, NaN, Infinity, -Infinity];
    for (const exponent of [-2, -1, 0, 0.5, 1, 2, 3, 4]) {
      const builder = new GraphBuilder();
      const x = builder.param({ dtype: "float64", shape: [bases.length] });
      const y = withRecorder(builder, () => power(x, exponent)) as Value;
      const graph = builder.finish([y]);
      const expanded = expandPowers.run(graph);
      expect(expanded).not.toBe(graph);
      const [expected] = interpret(graph, [hostTensor(x.type, bases)]);
      const [got] = interpret(expanded, [hostTensor(x.type, bases)]);
      bases.forEach((base, k) => {
        if (exponent === 0.5 && Object.is(base, -0)) expect(got!.data[k]).toBe(-0);
        else if (exponent === 0.5 && base === -Infinity) expect(got!.data[k]).toBeNaN();
        else if (Number.isFinite(expected!.data[k])) {
          expect(Math.sign(got!.data[k]!)).toBe(Math.sign(expected!.data[k]!));
          expect(got!.data[k]! / expected!.data[k]! || 1).toBeCloseTo(1, 14);
        } else expect(got!.data[k]).toBe(expected!.data[k]);
      });
    }
  });
});

describe("merge-transposes", () => {
  test("a transpose pair that cancels leaves no node behind", () => {
    const result = after(
      mergeTransposes,
      `graph(%x: f32[2,3]) {
        %0: f32[3,2] = transpose %x {perm=[1,0]}
        %1: f32[2,3] = transpose %0 {perm=[1,0]}
        %2: f32[2,3] = softplus %1
        return %2
      }`,
    );
    expect(result).toMatchInlineSnapshot(`
      "graph(%x: f32[2,3]) {
        %0: f32[2,3] = softplus %x
        return %0
      }"
    `);
  });

  test("a chain of 10,000 collapses in one walk", () => {
    const builder = new GraphBuilder();
    const x = builder.param({ dtype: "float32", shape: [2, 3, 4] });
    let y: Value = x;
    for (let k = 0; k < 10_000; k++)
      y = withRecorder(builder, () => transpose(y, { perm: [1, 2, 0] })) as Value;
    const graph = mergeTransposes.run(builder.finish([y]));
    expect(graph.nodes.map((node) => node.attrs)).toEqual([{ perm: [1, 2, 0] }]);
  });

  test("a transpose behind something else stays", () => {
    expect(
      refuses(mergeTransposes, "%0: f32[2,3] = exp %x", "%1: f32[3,2] = transpose %0 {perm=[1,0]}"),
    ).toBe(true);
  });
});

describe("merge-reshapes", () => {
  test("only the last shape matters", () => {
    expect(
      equations(
        mergeReshapes,
        "%0: f32[6] = reshape %x {shape=[6]}",
        "%1: f32[3,2] = reshape %0 {shape=[3,2]}",
      ),
    ).toMatchInlineSnapshot(`
      "%0: f32[3,2] = reshape %x {shape=[3,2]}
      return %0"
    `);
  });

  test("a reshape behind a transpose stays", () => {
    expect(
      refuses(
        mergeReshapes,
        "%0: f32[3,2] = transpose %x {perm=[1,0]}",
        "%1: f32[6] = reshape %0 {shape=[6]}",
      ),
    ).toBe(true);
  });
});

describe("merge-slices", () => {
  test("a slice of a slice is one slice", () => {
    expect(
      equations(
        mergeSlices,
        "%0: f32[2] = slice %y {starts=[2], sizes=[2], strides=[-2]}",
        "%1: f32[1] = slice %0 {starts=[1], sizes=[1], strides=[1]}",
      ),
    ).toMatchInlineSnapshot(`
      "%0: f32[1] = slice %y {sizes=[1], starts=[0], strides=[-2]}
      return %0"
    `);
  });

  test("a slice of one part of a concat reads that part", () => {
    expect(
      equations(
        mergeSlices,
        "%0: f32[2,6] = concat %x, %x {axis=1}",
        "%1: f32[2,2] = slice %0 {starts=[0,4], sizes=[2,2], strides=[1,1]}",
      ),
    ).toMatchInlineSnapshot(`
      "%0: f32[2,2] = slice %x {sizes=[2,2], starts=[0,1], strides=[1,1]}
      return %0"
    `);
  });

  test("a slice across two parts, or into what was put around, stays", () => {
    expect(
      refuses(
        mergeSlices,
        "%0: f32[2,6] = concat %x, %x {axis=1}",
        "%1: f32[2,2] = slice %0 {starts=[0,2], sizes=[2,2], strides=[1,1]}",
      ),
    ).toBe(true);
    expect(
      refuses(
        mergeSlices,
        "%0: f32[5] = pad %y {low=[1], high=[1]}",
        "%1: f32[2] = slice %0 {starts=[0], sizes=[2], strides=[1]}",
      ),
    ).toBe(true);
  });
});

describe("merge-reductions", () => {
  test("stacked maxima are one", () => {
    expect(equations(mergeReductions, "%0: f32[3] = max %x {axes=[0]}", "%1: f32[] = max %0 {axes=[0]}"))
      .toMatchInlineSnapshot(`
      "%0: f32[] = max %x {axes=[0,1]}
      return %0"
    `);
  });

  test("stacked sums stay, because their order shows", () => {
    expect(refuses(mergeReductions, "%0: f32[3] = sum %x {axes=[0]}", "%1: f32[] = sum %0 {axes=[0]}")).toBe(
      true,
    );
  });
});

describe("merge-broadcasts", () => {
  test("movements of a broadcast move the small tensor", () => {
    expect(
      equations(
        mergeBroadcasts,
        "%0: f32[4,3] = broadcastTo %y {shape=[4,3]}",
        "%1: f32[3,4] = transpose %0 {perm=[1,0]}",
        "%2: f32[3,2,2] = reshape %1 {shape=[3,2,2]}",
        "%3: f32[2,1,2] = slice %2 {starts=[2,0,0], sizes=[2,1,2], strides=[-1,1,1]}",
      ),
    ).toMatchInlineSnapshot(`
      "%0: f32[1,3] = reshape %y {shape=[1,3]}
      %1: f32[3,1] = reshape %0 {shape=[3,1]}
      %2: f32[3,1,1] = reshape %1 {shape=[3,1,1]}
      %3: f32[2,1,1] = slice %2 {sizes=[2,1,1], starts=[2,0,0], strides=[-1,1,1]}
      %4: f32[2,1,2] = broadcastTo %3 {shape=[2,1,2]}
      return %4"
    `);
  });

  test("a reshape that mixes repeated axes with others stays", () => {
    expect(
      refuses(
        mergeBroadcasts,
        "%0: f32[4,3] = broadcastTo %y {shape=[4,3]}",
        "%1: f32[12] = reshape %0 {shape=[12]}",
      ),
    ).toBe(true);
  });
});

describe("sink-broadcasts", () => {
  test("computes before repeating", () => {
    expect(
      equations(
        sinkBroadcasts,
        "%0: f32[2,3] = broadcastTo %y {shape=[2,3]}",
        "%1: f32[2,3] = constant {dtype=float32, shape=[2,3], value=2}",
        "%2: f32[2,3] = multiply %0, %1",
        "%3: f32[2,3] = exp %2",
        "%4: f32[2,3] = add %3, %x",
      ),
    ).toMatchInlineSnapshot(`
      "%0: f32[3] = constant {dtype=float32, shape=[3], value=2}
      %1: f32[3] = multiply %y, %0
      %2: f32[3] = exp %1
      %3: f32[2,3] = broadcastTo %2 {shape=[2,3]}
      %4: f32[2,3] = add %3, %x
      return %4"
    `);
  });

  test("broadcasts along different axes stay", () => {
    expect(
      refuses(
        sinkBroadcasts,
        "%0: f32[3,1] = reshape %y {shape=[3,1]}",
        "%1: f32[3,3] = broadcastTo %0 {shape=[3,3]}",
        "%2: f32[3,3] = broadcastTo %y {shape=[3,3]}",
        "%3: f32[3,3] = add %1, %2",
      ),
    ).toBe(true);
  });
});

describe("running passes", () => {
  const graph = parseGraph(
    "graph(%x: f32[]) { %0: f32[] = negative %x %1: f32[] = negative %0 %2: f32[] = exp %1 %3: f32[] = exp %1 return %2, %3 }",
  );
  const names = (options: Parameters<typeof optimize>[1]): string[] => {
    const seen: string[] = [];
    optimize(graph, {
      ...options,
      onPass: (name, _, hasChanged) => seen.push(hasChanged ? `${name}*` : name),
    });
    return seen;
  };

  test("reports each pass, and ends when nothing changes any more", () => {
    expect(names({ verify: true }).filter((name) => name.endsWith("*"))).toEqual([
      "cse*",
      "simplify-algebra*",
    ]);
    expect(names({}).length).toBe(4 + 2 * 12 + 1);
  });

  test("leaves out passes and stops where it is told", () => {
    expect(names({ disable: ["cse"], stopAfter: "canonicalize" })).toEqual([
      "expand-regions",
      "dce",
      "split-products",
      "canonicalize",
    ]);
  });

  test("a round that never settles is cut off", () => {
    const flip = definePass({
      name: "flip",
      run: (g) => new Graph(g.name, g.params, g.nodes, g.results),
    });
    let count = 0;
    runPasses(graph, [{ repeat: [flip], atMost: 5 }], { onPass: () => count++ });
    expect(count).toBe(5);
  });

  test("verify names the fault that a pass leaves behind", () => {
    const broken = definePass({
      name: "broken",
      run: (g) => new Graph(g.name, g.params, g.nodes.slice(1), g.results),
    });
    expect(() => runPasses(graph, [broken], { verify: true })).toThrow(/used before it is defined/);
  });

  test("a replacement of another type is refused", () => {
    const wrong = definePass({
      name: "wrong",
      rewrite: (node, edit) => edit.replace(node, () => [node.inputs[0]!, node.inputs[0]!]),
    });
    expect(() => wrong.run(graph)).toThrow(/its replacement f32\[\], f32\[\]/);
  });

  test("10,000 steps of x·a + b go through all passes and back from text", () => {
    const builder = new GraphBuilder();
    const type = { dtype: "float32", shape: [100] } as const;
    const [x, a] = [builder.param(type, "x"), builder.param({ ...type, shape: [] }, "a", "scalar")];
    let y: Value = x;
    withRecorder(builder, () => {
      for (let k = 0; k < 10_000; k++) y = add(multiply(y, a), 0.5) as Value;
    });
    const long = builder.finish([y]);
    const optimized = optimize(long);
    verifyGraph(optimized);
    expect(optimized.nodes.length).toBe(20_002);
    expect(printGraph(parseGraph(printGraph(optimized)))).toBe(printGraph(optimized));
  });

  test("pass names are verbs, or what everybody calls them, and unique", () => {
    const all = pipeline.flatMap((step) => ("repeat" in step ? step.repeat : [step]));
    for (const { name } of all) expect(name).toMatch(/^[a-z]+(-[a-z]+)*$/);
    expect(new Map(all.map((pass) => [pass.name, pass])).size).toBe(new Set(all).size);
  });
});
