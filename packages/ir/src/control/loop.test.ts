import { describe, expect, test } from "vitest";
import { vjpGraph } from "../autodiff/vjp-graph.js";
import { jvpGraph } from "../autodiff/jvp-graph.js";
import { batchGraph } from "../batching/index.js";
import "../index.js";
import { interpret } from "../interpreter/index.js";
import { optimize } from "../passes/index.js";
import { f64, tensorOf } from "../testing/run-op.js";
import { parseGraph } from "../text/parse.js";
import { printGraph } from "../text/print.js";
import { verifyGraph } from "../text/verify.js";

/** xₜ₊₁ = tanh(w · xₜ + rowₜ), and made is xₜ² · t. */
const SCAN = `graph(%x: f64[2], %rows: f64[3,2], %w: f64[2]) {
  %0: f64[2], %1: f64[3,2] = loop %x, %rows, %w {body=graph(%t: i32[], %x: f64[2], %row: f64[2], %w: f64[2]) {
    %0: f64[2] = multiply %w, %x
    %1: f64[2] = add %0, %row
    %2: f64[2] = tanh %1
    %3: f64[2] = square %x
    %4: f64[] = astype %t {dtype=float64}
    %5: f64[2] = broadcastTo %4 {shape=[2]}
    %6: f64[2] = multiply %3, %5
    return %2, %6
  },carried=1,count=3,scanned=1}
  return %0, %1
}`;

/** Halves x until it is below 1, times w: the count depends on x. */
const HALVE = `graph(%x: f64[], %w: f64[]) {
  %0: f64[] = constant {dtype=float64,shape=[],value=1}
  %1: bool[] = greater %x, %0
  %2: bool[], %3: f64[], %4: i32[] = loop %1, %x, %w {body=graph(%t: i32[], %go: bool[], %x: f64[], %w: f64[]) {
    %0: f64[] = multiply %x, %w
    %1: f64[] = constant {dtype=float64,shape=[],value=1}
    %2: bool[] = greater %0, %1
    return %2, %0
  },carried=2,count=null}
  return %3, %4
}`;

const inputs = [f64([0.3, -0.7]), f64([0.1, 0.2, -0.4, 0.9, 0.5, -0.2], [3, 2]), f64([1.5, -0.5])];

function numerical(
  graph: ReturnType<typeof parseGraph>,
  given: typeof inputs,
  k: number,
  result = 0,
): number[] {
  return [...given[k]!.data].map((_, i) => {
    const at = (step: number): number => {
      const moved = given.map((tensor, j) =>
        j === k ? { ...tensor, data: tensor.data.map((x, n) => (n === i ? x + step : x)) } : tensor,
      );
      return interpret(graph, moved)[result]!.data.reduce((sum, x) => sum + x, 0);
    };
    return (at(1e-6) - at(-1e-6)) / 2e-6;
  });
}

describe("a loop of known count", () => {
  const graph = parseGraph(SCAN);

  test("prints, parses and verifies with its body", () => {
    verifyGraph(graph);
    expect(printGraph(parseGraph(printGraph(graph)))).toBe(printGraph(graph));
    verifyGraph(optimize(graph));
  });

  test("gives what is carried out of the last iteration, and the rows made", () => {
    let x = [0.3, -0.7];
    const made: number[] = [];
    const rows = inputs[1]!.data;
    for (let t = 0; t < 3; t++) {
      made.push(...x.map((value) => value * value * t));
      x = x.map((value, i) => Math.tanh([1.5, -0.5][i]! * value + rows[2 * t + i]!));
    }
    const [last, stacked] = interpret(graph, inputs);
    expect([...last!.data]).toEqual(x);
    expect([...stacked!.data]).toEqual(made);
  });

  test.each([0, 1, 2])("has the gradient of operand %i, in both directions", (k) => {
    const pulled = vjpGraph(graph, [k], { seeded: [0, 1] });
    verifyGraph(pulled);
    const ones = [f64([1, 1]), f64([1, 1, 1, 1, 1, 1], [3, 2])];
    const [gradient] = interpret(pulled, [...inputs, ...ones]);
    const wanted = numerical(graph, inputs, k).map((x, i) => x + numerical(graph, inputs, k, 1)[i]!);
    wanted.forEach((x, i) => expect(gradient!.data[i]).toBeCloseTo(x, 6));
    const [optimized] = interpret(optimize(pulled), [...inputs, ...ones]);
    expect([...optimized!.data]).toEqual([...gradient!.data]);

    const direction = inputs[k]!.data.map((_, i) => i + 1);
    const pushed = interpret(jvpGraph(graph, [k]), [...inputs, { ...inputs[k]!, data: direction }]);
    const total = [...pushed[0]!.data, ...pushed[1]!.data].reduce((sum, x) => sum + x, 0);
    expect(total).toBeCloseTo(
      wanted.reduce((sum, x, i) => sum + x * direction[i]!, 0),
      5,
    );
  });

  test("has second derivatives, reverse over reverse as forward over reverse", () => {
    const first = vjpGraph(graph, [2], { seeded: [0] });
    const given = [...inputs, f64([1, 1])];
    const second = interpret(vjpGraph(first, [2], { seeded: [0] }), [...given, f64([1, 1])])[0]!;
    const forward = interpret(jvpGraph(first, [2]), [...given, f64([1, 1])])[0]!;
    numerical(first, given, 2).forEach((x, i) => {
      expect(second.data[i]).toBeCloseTo(x, 5);
      expect(forward.data[i]).toBeCloseTo(x, 5);
    });
  });

  test("in a batch equals one loop after another", () => {
    const many = f64([0.3, -0.7, 1, 2], [2, 2]);
    for (const batched of [[0], [1], [2], [0, 1, 2]]) {
      const rows = f64([...inputs[1]!.data, ...inputs[1]!.data.map((x) => -x)], [2, 3, 2]);
      const factors = f64([1.5, -0.5, 0.2, 0.4], [2, 2]);
      const given = [many, rows, factors].map((tensor, k) => (batched.includes(k) ? tensor : inputs[k]!));
      const batch = batchGraph(graph, batched, 2);
      verifyGraph(batch);
      const got = interpret(optimize(batch), given);
      [0, 1].forEach((call) => {
        const own = [many, rows, factors].map((tensor, k) => {
          if (!batched.includes(k)) return inputs[k]!;
          const size = inputs[k]!.data.length;
          return { ...inputs[k]!, data: tensor.data.slice(call * size, (call + 1) * size) };
        });
        interpret(graph, own).forEach(({ data }, result) => {
          expect(got[result]!.data.slice(call * data.length, (call + 1) * data.length)).toEqual(data);
        });
      });
    }
  });

  test("and its gradient share the loop that goes forward", () => {
    const both = optimize(vjpGraph(graph, [0, 1, 2], { seeded: [0, 1], keepResults: true }));
    const loops = both.nodes.filter((node) => node.op.kind === "loop");
    expect(loops).toHaveLength(2);
  });
});

describe("a loop until something comes true", () => {
  const graph = parseGraph(HALVE);

  test("runs as often as it needs to, also never", () => {
    verifyGraph(graph);
    const run = (x: number): number[] =>
      interpret(graph, [f64([x], []), f64([0.5], [])]).map(({ data }) => data[0]!);
    expect(run(10)).toEqual([0.625, 4]);
    expect(run(0.5)).toEqual([0.5, 0]);
    expect(interpret(optimize(graph), [f64([10], []), f64([0.5], [])])[0]!.data[0]).toBe(0.625);
  });

  test("has gradients through as many iterations as there were", () => {
    const pulled = vjpGraph(graph, [0, 1], { seeded: [0] });
    verifyGraph(pulled);
    for (const x of [10, 3, 0.5]) {
      const given = [f64([x], []), f64([0.5], [])];
      const got = interpret(pulled, [...given, f64([1], [])]);
      [0, 1].forEach((k) => expect(got[k]!.data[0]).toBeCloseTo(numerical(graph, given, k)[0]!, 5));
      const pushed = interpret(jvpGraph(graph, [1], { of: [0] }), [...given, f64([1], [])]);
      expect(pushed[0]!.data[0]).toBeCloseTo(numerical(graph, given, 1)[0]!, 5);
    }
  });

  test("in a batch goes on for those that need it", () => {
    const batch = batchGraph(graph, [0], 3);
    verifyGraph(batch);
    const [got] = interpret(optimize(batch), [f64([10, 0.5, 3]), f64([0.5], [])]);
    expect([...got!.data]).toEqual([0.625, 0.5, 0.75]);
    const pulled = vjpGraph(batch, [0], { seeded: [0] });
    const slopes = interpret(pulled, [f64([10, 0.5, 3]), f64([0.5], []), f64([1, 1, 1])])[0]!;
    expect([...slopes.data]).toEqual([0.0625, 1, 0.25]);
  });

  test("refuses what would need to know its count beforehand", () => {
    const first = vjpGraph(graph, [0], { seeded: [0] });
    const again = (): unknown => vjpGraph(first, [1], { seeded: [0] });
    expect(again).toThrow(expect.objectContaining({ code: "W2071" }));
    expect(() => batchGraph(first, [0], 3)).toThrow(expect.objectContaining({ code: "W2072" }));
  });
});

describe("cond", () => {
  const text = `graph(%go: bool[], %x: f64[2], %n: i32[]) {
    %0: f64[2] = cond %go, %x {onFalse=graph(%x: f64[2]) {
      %0: f64[2] = sqrt %x
      return %0
    },onTrue=graph(%x: f64[2]) {
      %0: f64[2] = square %x
      return %0
    }}
    return %0
  }`;
  const graph = parseGraph(text);
  const flag = (value: number): ReturnType<typeof f64> => tensorOf("bool", [value], []);
  const n = tensorOf("int32", [0], []);

  test("is one of its branches, and so is its gradient, whatever the other's would be", () => {
    verifyGraph(graph);
    const x = f64([0, 4]);
    expect([...interpret(graph, [flag(1), x, n])[0]!.data]).toEqual([0, 16]);
    expect([...interpret(graph, [flag(0), x, n])[0]!.data]).toEqual([0, 2]);
    const pulled = optimize(vjpGraph(graph, [1], { seeded: [0] }));
    expect([...interpret(pulled, [flag(1), x, n, f64([1, 1])])[0]!.data]).toEqual([0, 8]);
    expect([...interpret(pulled, [flag(0), f64([1, 4]), n, f64([1, 1])])[0]!.data]).toEqual([0.5, 0.25]);
    const pushed = jvpGraph(graph, [1]);
    expect([...interpret(pushed, [flag(1), x, n, f64([1, 1])])[0]!.data]).toEqual([0, 8]);
  });

  test("in a batch chooses for each", () => {
    const batch = batchGraph(graph, [0, 1], 2);
    const given = [tensorOf("bool", [1, 0], [2]), f64([1, 2, 4, 9], [2, 2]), n];
    expect([...interpret(batch, given)[0]!.data]).toEqual([1, 4, 2, 3]);
  });
});
