import { describe, expect, test } from "vitest";
import "../index.js";
import { interpret } from "../interpreter/index.js";
import { DEFAULT_TARGET } from "../target.js";
import { randomInputs } from "../testing/random-inputs.js";
import { parseGraph } from "../text/parse.js";
import { printGraph } from "../text/print.js";
import { verifyGraph } from "../text/verify.js";
import type { Graph } from "../graph.js";
import { elementInMemory, homesOf, makePartsFit, tensorOf } from "./assemblies.js";
import { positionOf, symbol } from "./index-expr.js";
import { joinPads } from "./join-pads.js";
import { joinParts } from "./join-parts.js";
import { scheduleGraph } from "./schedule.js";

/** The graph after a change, having shown that it computes the same. */
function after(change: (graph: Graph) => Graph, text: string): Graph {
  const before = parseGraph(text);
  const changed = change(before);
  verifyGraph(changed);
  const inputs = randomInputs(before, 1);
  const wanted = interpret(before, inputs);
  for (const [k, { data }] of interpret(changed, inputs).entries()) {
    data.forEach((value, i) => expect(value).toBeCloseTo(wanted[k]!.data[i]!, 10));
  }
  return changed;
}

const bodyOf = (graph: Graph): string[] =>
  printGraph(graph)
    .split("\n")
    .slice(1, -1)
    .map((line) => line.trim());

describe("an assembly", () => {
  test("has its parts written in place, through reshapes and assemblies in it, wherever they are read", () => {
    const graph = parseGraph(`
      graph(%x: f32[2,4]) {
        %0: f32[2,4] = exp %x
        %1: f32[2,4] = sin %x
        %2: f32[2,8] = assemble %0, %1 {axis=1}
        %3: f32[1,2,8] = reshape %2 {shape=[1,2,8]}
        %4: f32[2,8] = concat %x, %x {axis=1}
        %5: f32[2,8] = negative %4
        %6: f32[1,2,8] = reshape %5 {shape=[1,2,8]}
        %7: f32[2,2,8] = assemble %6, %3 {axis=0}
        return %7
      }`);
    const homes = homesOf(graph.nodes);
    const [exp, sin] = graph.nodes;
    const whole = graph.results[0]!;
    expect(tensorOf(sin!.outputs[0]!, homes)).toBe(whole);
    const at = (node: typeof exp): string => {
      const value = node!.outputs[0]!;
      return elementInMemory(value, positionOf(symbol("g", value.size), value.shape), homes).linear.key;
    };
    expect(elementInMemory(exp!.outputs[0]!, [symbol("r", 2), symbol("c", 4)], homes).linear.key).toBe(
      "1*c+8*r+16",
    );
    expect(at(exp)).not.toBe(at(sin));
    expect(scheduleGraph(graph, DEFAULT_TARGET, { fuse: true }).bundles).toHaveLength(1);
  });

  test("copies what no kernel computes, and what has another place to be", () => {
    const graph = after(
      makePartsFit,
      `
      graph(%x: f32[2]) {
        %0: f32[2] = exp %x
        %1: f32[2] = sin %x
        %2: f32[2] = cos %x
        %3: f32[8] = assemble %x, %0, %1, %2 {axis=0}
        %4: f32[4] = assemble %1, %1 {axis=0}
        return %3, %4, %0
      }`,
    );
    // %x is a parameter, %0 a result of its own, %1 is in three places; %2 alone is written where it belongs.
    expect(bodyOf(graph).filter((line) => line.includes("copy")).length).toBe(4);
    expect(homesOf(graph.nodes).size).toBe(6);
  });

  test("of nothing is a concatenation", () => {
    const graph = after(
      makePartsFit,
      "graph(%x: f32[0,2]) { %0: f32[0,4] = assemble %x, %x {axis=1} return %0 }",
    );
    expect(bodyOf(graph)[0]).toContain("concat");
  });
});

test("a sum of what lies between zeros and meets nowhere is a concatenation", () => {
  const graph = after(
    joinPads,
    `
    graph(%a: f32[2,1], %b: f32[2,3], %c: f32[2,4]) {
      %0: f32[2,4] = pad %a {low=[0,3], high=[0,0], value=0}
      %1: f32[2,4] = pad %b {low=[0,0], high=[0,1], value=0}
      %2: f32[2,4] = add %0, %c
      %3: f32[2,4] = add %2, %1
      return %3
    }`,
  );
  expect(bodyOf(graph).map((line) => line.split(" ")[3])).toEqual(["concat", "add", undefined]);
});

test("pads that overlap, that are read elsewhere or are not of zeros stay in their sum", () => {
  const sum = (first: string, more = ""): string => `
    graph(%a: f32[2], %b: f32[2]) {
      %0: f32[4] = pad %a {low=[0], high=[2], value=0}
      %1: f32[4] = pad %b {${first}}
      %2: f32[4] = add %0, %1
      return %2${more}
    }`;
  const isLeft = (text: string): boolean => {
    const graph = parseGraph(text);
    return joinPads(graph) === graph;
  };
  expect(isLeft(sum("low=[2], high=[0], value=0"))).toBe(false);
  expect(isLeft(sum("low=[1], high=[1], value=0"))).toBe(true);
  expect(isLeft(sum("low=[2], high=[0], value=1"))).toBe(true);
  expect(isLeft(sum("low=[2], high=[0], value=0", ", %1"))).toBe(true);
});

const exps = (count: number): string =>
  Array.from(
    { length: count },
    (_, k) => `%e${k}: f32[2,2] = ${["exp", "sin", "cos", "tanh", "negative"][k]} %x`,
  ).join("\n");

describe("parts that lie side by side", () => {
  test("are summed along the tensor, in whatever order they were added, with the sum that follows", () => {
    const graph = after(
      joinParts,
      `
      graph(%x: f32[2,2]) {
        ${exps(5)}
        %c: f32[10,2] = concat %e0, %e1, %e2, %e3, %e4 {axis=0}
        %0: f32[2,2] = add %e3, %e1
        %1: f32[2,2] = add %0, %e2
        %2: f32[2,2] = add %1, %e4
        %3: f32[2] = sum %2 {axes=[0]}
        return %c, %3
      }`,
    );
    expect(printGraph(graph)).not.toContain("add");
    expect(printGraph(graph)).toContain("{axes=[0,1]}");
  });

  test("are one tensor where lists of them overlap: the states before and after each step", () => {
    const graph = after(
      joinParts,
      `
      graph(%x: f32[2,2], %h: f32[2,2]) {
        ${exps(5)}
        %0: f32[10,2] = concat %h, %e0, %e1, %e2, %e3 {axis=0}
        %1: f32[10,2] = concat %e0, %e1, %e2, %e3, %e4 {axis=0}
        return %0, %1
      }`,
    );
    expect(bodyOf(graph).filter((line) => line.includes("concat"))).toHaveLength(1);
  });

  test("stay apart where one is needed to make a part of the other", () => {
    const graph = parseGraph(`
      graph(%x: f32[2,2]) {
        ${exps(4)}
        %0: f32[8,2] = concat %e0, %e1, %e2, %e3 {axis=0}
        %1: f32[2] = sum %0 {axes=[0]}
        %2: f32[2,2] = broadcastTo %1 {shape=[2,2]}
        %3: f32[2,2] = exp %2
        %4: f32[10,2] = concat %e0, %e1, %e2, %e3, %3 {axis=0}
        return %4
      }`);
    expect(joinParts(graph)).toBe(graph);
  });
});
