import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { GraphBuilder } from "../builder.js";
import { WeftError } from "../errors.js";
import { Graph, Value, type Node } from "../graph.js";
import { hostTensor, interpret, optimize } from "../index.js";
import { allOps, defineOp, findOp } from "../define-op.js";
import { constant } from "../ops/source.js";
import { exp } from "../ops/exponential.js";
import { withRecorder } from "../recorder.js";
import { inferCall } from "../call-type.js";
import { hashGraph } from "./hash.js";
import { parseGraph } from "./parse.js";
import { printGraph } from "./print.js";
import { verifyGraph } from "./verify.js";

const SMALL = `graph loss(%x: f32[2,3]) {
  %0: f32[3,2] = transpose %x {perm=[1,0]}
  %1: f32[] = sum %0 {axes=[0,1]}
  return %1
}`;

describe("printing and parsing", () => {
  test("are inverse for a small graph", () => {
    expect(printGraph(parseGraph(SMALL))).toBe(SMALL);
  });

  test("are inverse for every sample of every op", () => {
    for (const op of allOps()) {
      for (const sample of op.samples) {
        const builder = new GraphBuilder(op.name);
        const operands = sample.operands.map((operand) =>
          builder.param({ dtype: operand.dtype ?? "float32", shape: operand.shape }),
        );
        const made = builder.record(op, operands, sample.attrs ?? {});
        const graph = builder.finish(Array.isArray(made) ? made : [made]);
        const text = printGraph(graph);
        verifyGraph(graph);
        expect(printGraph(parseGraph(text))).toBe(text);
        expect(hashGraph(parseGraph(text))).toBe(hashGraph(graph));
      }
    }
  });

  test("keep nan, infinities and the sign of zero", () => {
    const text = `graph() {
  %0: f32[] = constant {dtype=float32, shape=[], value=nan}
  %1: f32[] = constant {dtype=float32, shape=[], value=inf}
  %2: f32[] = constant {dtype=float32, shape=[], value=-inf}
  %3: f32[] = constant {dtype=float32, shape=[], value=-0}
  %4: f32[] = constant {dtype=float32, shape=[], value=1e-30}
  return %0, %1, %2, %3, %4
}`;
    const graph = parseGraph(text);
    expect(printGraph(graph)).toBe(text);
    expect(graph.nodes.map((node) => node.attrs.value)).toEqual([NaN, Infinity, -Infinity, -0, 1e-30]);
  });

  test("leave out attributes at their defaults, and fill them in again", () => {
    const text = `graph(%x: f32[2]) {
  %0: f32[4] = pad %x {high=[1], low=[1]}
  return %0
}`;
    expect(parseGraph(text).nodes[0]!.attrs).toEqual({ low: [1], high: [1], interior: [], value: 0 });
    expect(printGraph(parseGraph(text))).toBe(text);
  });

  test("keep graphs in attributes, within one another", () => {
    const text = `graph outer(%x: f32[], %lr: scalar f32) {
  %0: f32[], %1: f32[] = call %x, %lr {body=graph(%p0: f32[], %p1: scalar f32) {
    %0: f32[] = call %p0 {body=graph inner(%a: f32[]) {
      %0: f32[] = exp %a
      return %0
    }}
    %1: f32[] = multiply %0, %p1
    return %1, %p0
  }}
  return %0, %1
}`;
    expect(printGraph(parseGraph(text))).toBe(text);
  });

  test("keep strings that could be mistaken for something else", () => {
    defineOp<{ readonly text: string; readonly list: readonly (string | null | boolean)[] }>({
      kind: "region",
      name: "odd op // name",
      infer: () => [],
      expand: () => [],
    });
    const builder = new GraphBuilder();
    const list = ["nan", "graph", "x y", "", "float32", null, true, '"\\'];
    builder.record(findOp("odd op // name")!, [], { text: "a\nb // %0", list, __proto__x: 1 });
    const text = printGraph(builder.finish([]));
    expect(text).toBe(`graph() {
  "odd op // name" {__proto__x=1, list=["nan","graph","x y","",float32,null,true,"\\"\\\\"], text="a\\nb // %0"}
  return
}`);
    expect(printGraph(parseGraph(text))).toBe(text);
  });

  test("make hostile parameter names safe and unique", () => {
    const builder = new GraphBuilder("my graph!");
    const type = { dtype: "float32", shape: [] } as const;
    const names = ["x", "x", "x_1", "0", "a b", "} return", "__proto__", null, "", "é"];
    const params = names.map((name) => builder.param(type, name));
    const text = printGraph(builder.finish(params));
    expect(text).toMatchInlineSnapshot(`
      "graph my_graph_(%x: f32[], %x_1: f32[], %x_1_1: f32[], %_0: f32[], %a_b: f32[], %_return: f32[], %__proto__: f32[], %p7: f32[], %p8: f32[], %_: f32[]) {
        return %x, %x_1, %x_1_1, %_0, %a_b, %_return, %__proto__, %p7, %p8, %_
      }"
    `);
    expect(printGraph(parseGraph(text))).toBe(text);
  });

  test("show where each node was written, and read past it", () => {
    const builder = new GraphBuilder("f");
    const x = builder.param({ dtype: "float32", shape: [] }, "x");
    builder.location = { file: "/home/me/model.ts", line: 12, column: 5 };
    const y = withRecorder(builder, () => exp(exp(x))) as Value;
    builder.location = null;
    const z = withRecorder(builder, () => exp(y)) as Value;
    const graph = builder.finish([z]);
    const text = printGraph(graph);
    expect(text).toMatchInlineSnapshot(`
      "graph f(%x: f32[]) {
        %0: f32[] = exp %x   // model.ts:12:5
        %1: f32[] = exp %0   // model.ts:12:5
        %2: f32[] = exp %1
        return %2
      }"
    `);
    expect(printGraph(parseGraph(text))).toBe(printGraph(graph, { locations: false }));
  });

  test("two outputs are defined in one equation", () => {
    const text = printGraph(
      parseGraph(
        `graph(%x: f32[]) { %a: f32[], %b: f32[] = call %x {body=graph(%y: f32[]) { return %y, %y }} return %b }`,
      ),
    );
    expect(text).toContain("%0: f32[], %1: f32[] = call %x {body=graph(%y: f32[]) {");
    expect(text).toContain("return %1");
  });
});

describe("the parser refuses", () => {
  const refusal = (text: string): { code: string; at: string } => {
    try {
      parseGraph(text);
    } catch (error) {
      const { code, location } = error as WeftError;
      return { code, at: `${location?.line}:${location?.column}` };
    }
    return { code: "none", at: "" };
  };

  test.each([
    ["an op nobody declared", "graph(%x: f32[]) {\n  %0: f32[] = frob %x\n  return %0\n}", "W2051", "2:15"],
    [
      "a type that the op does not give",
      "graph(%x: f32[]) {\n  %0: f32[1] = exp %x\n  return %0\n}",
      "W2052",
      "2:3",
    ],
    [
      "operands of unequal types",
      "graph(%x: f32[], %y: i32[]) {\n %0: f32[] = add %x, %y\n return %0\n}",
      "W2052",
      "2:2",
    ],
    ["a value that is not defined above", "graph() {\n  return %0\n}", "W2050", "2:12"],
    ["a value that is defined twice", "graph(%x: f32[], %x: f32[]) { return }", "W2050", "1:18"],
    ["an unknown dtype", "graph(%x: f31[]) { return }", "W2050", "1:11"],
    ["text behind the graph", "graph() { return } }", "W2050", "1:20"],
    ["a graph that does not end", "graph() { return", "W2050", "1:17"],
    ["nothing", "", "W2050", "1:1"],
    ["a broken string", 'graph() {\n  "\\q"\n return }', "W2050", "2:3"],
  ])("%s", (_, text, code, at) => {
    expect(refusal(text)).toEqual({ code, at });
  });

  test("a thousand lists within one another, without exhausting the stack", () => {
    expect(refusal(`graph() { call {body=${"[".repeat(1000)}`).code).toBe("W2050");
    expect(refusal("graph() { call {body=".repeat(100_000)).code).toBe("W2050");
  });

  test("with the line, a frame and what was expected", () => {
    const parse = (): unknown => parseGraph("graph(%x: f32[2]) {\n  %0: f32[2] exp %x\n}");
    expect(parse).toThrowErrorMatchingInlineSnapshot(`
      [WeftError: error[W2050]: IR text: expected "=", got "exp"
        --> graph.ir:2:14
      2 |   %0: f32[2] exp %x
        |              ^]
    `);
  });
});

describe("hashes", () => {
  test("do not depend on names and locations", () => {
    const renamed = SMALL.replace("loss", "other").replaceAll("%x", "%input");
    expect(hashGraph(parseGraph(renamed))).toBe(hashGraph(parseGraph(SMALL)));
    expect(hashGraph(parseGraph(SMALL))).toMatch(/^[0-9a-f]{32}$/);
  });

  test("differ with every part of a graph", () => {
    const variants = [
      SMALL,
      SMALL.replace("[2,3]", "[2,3]").replaceAll("f32", "f64"),
      SMALL.replace("sum", "max"),
      SMALL.replace("return %1", "return %1, %1"),
      SMALL.replace("return %1", "return %0"),
      SMALL.replace("(%x: f32[2,3])", "(%x: f32[2,3], %y: f32[])"),
      SMALL.replace("(%x: f32[2,3])", "(%x: f32[2,3], %y: scalar f32)"),
      `graph() { %0: f32[] = constant {dtype=float32, shape=[], value=0} return %0 }`,
      `graph() { %0: f32[] = constant {dtype=float32, shape=[], value=-0} return %0 }`,
      `graph(%a: f32[], %b: f32[]) { %0: f32[] = subtract %a, %b return %0 }`,
      `graph(%a: f32[], %b: f32[]) { %0: f32[] = subtract %b, %a return %0 }`,
    ];
    expect(new Set(variants.map((text) => hashGraph(parseGraph(text)))).size).toBe(variants.length);
  });

  test("of 10,000 like texts are all different", () => {
    const hashes = new Set<string>();
    for (let k = 0; k < 10_000; k++) {
      const builder = new GraphBuilder();
      const x = withRecorder(builder, () => constant({ value: k, dtype: "float32", shape: [] })) as Value;
      hashes.add(hashGraph(builder.finish([x])));
    }
    expect(hashes.size).toBe(10_000);
  });
});

describe("the verifier", () => {
  const type = { dtype: "float32", shape: [2] } as const;
  const nodeOf = (inputs: readonly Value[], change: Partial<Node> = {}): Node => {
    const outputs = [new Value(type, 0)];
    const node: Node = { op: exp, inputs, attrs: {}, outputs, location: null, ...change };
    for (const output of node.outputs) output.node ??= node;
    return node;
  };
  const fault = (graph: Graph): string => {
    try {
      verifyGraph(graph);
    } catch (error) {
      if (error instanceof WeftError) return `${error.class} ${error.details.message.split("\n")[0]}`;
      throw error;
    }
    return "none";
  };
  const x = new Value(type, 0, "x");
  const good = nodeOf([x]);

  test("accepts a sound graph", () => {
    expect(fault(new Graph("", [x], [good], [good.outputs[0]!, x]))).toBe("none");
  });

  const scalar = new Value(type, 0, "s", "scalar");
  const odd = new Value({ dtype: "float32", shape: [1.5] }, 0);
  const foreign = { ...exp } as typeof exp;
  const inner = new Graph("", [], [good], []);
  test.each<[string, Graph]>([
    ["is used before it is defined", new Graph("", [x], [nodeOf([good.outputs[0]!]), good], [])],
    ["result 0 is not defined", new Graph("", [x], [], [good.outputs[0]!])],
    ["defined twice", new Graph("", [x], [good, good], [])],
    ["says that it is parameter 0", new Graph("", [x, x], [], [])],
    ["belongs to a node", new Graph("", [good.outputs[0]!], [], [])],
    ["passed as a scalar but has axes", new Graph("", [scalar], [], [])],
    ["a size is 1.5", new Graph("", [odd], [], [])],
    ["not the registered one", new Graph("", [x], [nodeOf([x], { op: foreign })], [])],
    [
      "is undefined, not plain data",
      new Graph("", [x], [nodeOf([x], { attrs: { a: undefined as never } })], []),
    ],
    ["output 0 does not belong", new Graph("", [x], [nodeOf([x], { outputs: good.outputs })], [])],
    [
      "exp gives f32[2], not i32[2]",
      new Graph("", [x], [nodeOf([x], { outputs: [new Value({ ...type, dtype: "int32" }, 0)] })], []),
    ],
    ["exp takes 1 operands", new Graph("", [x], [nodeOf([x, x])], [])],
    ["operand 0 is used before", new Graph("", [x], [nodeOf([x], { attrs: { body: inner } })], [])],
  ])("finds: %s", (message, graph) => {
    expect(fault(graph)).toContain(message);
    expect(fault(graph)).toMatch(/^bug internal: graph is broken: /);
  });

  test("shows the equations around the fault", () => {
    const late = nodeOf([good.outputs[0]!]);
    const graph = new Graph("step", [x], [nodeOf([x]), late, good], [late.outputs[0]!]);
    expect(() => verifyGraph(graph)).toThrowErrorMatchingInlineSnapshot(`
      [WeftError: error[W2999]: internal: graph step is broken: operand 0 is used before it is defined
          %0: f32[2] = exp %x
        > %1: f32[2] = exp %2
          %2: f32[2] = exp %x]
    `);
  });

  test("finds what an operand must be, exactly", () => {
    const builder = new GraphBuilder();
    const whole = builder.param({ dtype: "int32", shape: [2] });
    const call = inferCall(exp, [whole.type], {});
    builder.append(exp, [whole], {}, call.outputs);
    expect(fault(builder.finish([]))).toContain("operand 0 of exp must be f32[2], it is i32[2]");
  });
});

describe("the grammar page", () => {
  const page = readFileSync(new URL("../../../../docs/ir-grammar.md", import.meta.url), "utf8");
  const blocks = (language: string): string[] =>
    [...page.matchAll(new RegExp(`\`\`\`${language}\\n([^]*?)\`\`\``, "g"))].map((match) =>
      match[1]!.trimEnd(),
    );

  test.each(blocks("ir").map((text) => [text]))("shows graphs as they print: %s", (text) => {
    expect(printGraph(parseGraph(text))).toBe(text.replace(/ *\/\/.*$/gm, ""));
  });

  test("says what its example prints", () => {
    const [example] = blocks("ts");
    const graph = parseGraph(/parseGraph\(`([^]*?)`\)/.exec(example!)![1]!);
    const printed = printGraph(optimize(graph));
    const [result] = interpret(graph, [hostTensor(graph.params[0]!.type, [1, 2, 3, 4, 5, 6])]);
    const said = [...example!.matchAll(/^\/\/ ?(.*)$/gm)].map((match) => match[1]).join("\n");
    expect(printed).toBe(said);
    expect(example).toContain(`; // ${result!.data[0]}`);
  });
});
