import { describe, expect, test } from "vitest";
import "../index.js";
import { interpret } from "../interpreter/index.js";
import { randomInputs } from "../testing/random-inputs.js";
import { parseGraph } from "../text/parse.js";
import { printGraph } from "../text/print.js";
import { verifyGraph } from "../text/verify.js";
import { joinProducts } from "./join-products.js";

/** The graph with its products joined, having shown that it computes the same. */
function joined(text: string): string {
  const before = parseGraph(text);
  const after = joinProducts(before);
  verifyGraph(after);
  const inputs = randomInputs(before, 1);
  const wanted = interpret(before, inputs);
  for (const [k, { data }] of interpret(after, inputs).entries()) {
    data.forEach((value, i) => expect(value).toBeCloseTo(wanted[k]!.data[i]!, 10));
  }
  return printGraph(after);
}

const products = (text: string): number => text.match(/= matmul/g)?.length ?? 0;

describe("join products", () => {
  test("products of rows that follow each other with one matrix are one, of the tensor as it lies", () => {
    expect(
      joined(`
        graph(%x: f32[4,2,3], %w: f32[3,2]) {
          %0: f32[1,2,3] = slice %x {starts=[0,0,0], sizes=[1,2,3], strides=[1,1,1]}
          %1: f32[2,3] = reshape %0 {shape=[2,3]}
          %2: f32[2,2] = matmul %1, %w
          %3: f32[1,2,3] = slice %x {starts=[1,0,0], sizes=[1,2,3], strides=[1,1,1]}
          %4: f32[2,3] = reshape %3 {shape=[2,3]}
          %5: f32[2,2] = matmul %4, %w
          %6: f32[1,2,3] = slice %x {starts=[2,0,0], sizes=[1,2,3], strides=[1,1,1]}
          %7: f32[2,3] = reshape %6 {shape=[2,3]}
          %8: f32[2,2] = matmul %7, %w
          %9: f32[1,2,3] = slice %x {starts=[3,0,0], sizes=[1,2,3], strides=[1,1,1]}
          %10: f32[2,3] = reshape %9 {shape=[2,3]}
          %11: f32[2,2] = matmul %10, %w
          return %2, %5, %8, %11
        }`),
    ).toMatchInlineSnapshot(`
      "graph(%x: f32[4,2,3], %w: f32[3,2]) {
        %0: f32[8,3] = reshape %x {shape=[8,3]}
        %1: f32[8,2] = matmul %0, %w
        %2: f32[2,2] = slice %1 {sizes=[2,2], starts=[0,0], strides=[1,1]}
        %3: f32[2,2] = slice %1 {sizes=[2,2], starts=[2,0], strides=[1,1]}
        %4: f32[2,2] = slice %1 {sizes=[2,2], starts=[4,0], strides=[1,1]}
        %5: f32[2,2] = slice %1 {sizes=[2,2], starts=[6,0], strides=[1,1]}
        return %2, %3, %4, %5
      }"
    `);
  });

  test("a sum of products is one product, of what they transpose joined before", () => {
    expect(
      joined(`
        graph(%a: f32[2,3], %b: f32[2,3], %c: f32[2,3], %d: f32[2,3], %u: f32[2,2], %v: f32[2,2], %r: f32[3,2]) {
          %0: f32[3,2] = transpose %a {perm=[1,0]}
          %1: f32[3,2] = transpose %b {perm=[1,0]}
          %2: f32[3,2] = transpose %c {perm=[1,0]}
          %3: f32[3,2] = transpose %d {perm=[1,0]}
          %4: f32[3,2] = matmul %0, %u
          %5: f32[3,2] = matmul %1, %v
          %6: f32[3,2] = matmul %2, %u
          %7: f32[3,2] = matmul %3, %v
          %8: f32[3,2] = add %4, %5
          %9: f32[3,2] = add %8, %r
          %10: f32[3,2] = add %9, %6
          %11: f32[3,2] = add %10, %7
          return %11
        }`),
    ).toMatchInlineSnapshot(`
      "graph(%a: f32[2,3], %b: f32[2,3], %c: f32[2,3], %d: f32[2,3], %u: f32[2,2], %v: f32[2,2], %r: f32[3,2]) {
        %0: f32[8,3] = concat %a, %b, %c, %d {axis=0}
        %1: f32[3,8] = transpose %0 {perm=[1,0]}
        %2: f32[8,2] = concat %u, %v, %u, %v {axis=0}
        %3: f32[3,2] = matmul %1, %2
        %4: f32[3,2] = add %3, %r
        return %4
      }"
    `);
  });

  test("products of which each needs the one before stay as they are", () => {
    const chain = `
      graph(%x: f32[2,2], %w: f32[2,2]) {
        %0: f32[2,2] = matmul %x, %w
        %1: f32[2,2] = matmul %0, %w
        %2: f32[2,2] = matmul %1, %w
        %3: f32[2,2] = matmul %2, %w
        %4: f32[2,2] = matmul %3, %w
        return %4
      }`;
    const graph = parseGraph(chain);
    expect(joinProducts(graph)).toBe(graph);
  });

  test("of two sets that need each other crosswise only one is joined", () => {
    // v uses a product with w, and w products with v: joined both, each would need the other.
    const text = joined(`
      graph(%x: f32[2,2], %w: f32[2,2], %v: f32[2,2]) {
        %0: f32[2,2] = exp %x
        %1: f32[2,2] = sin %x
        %2: f32[2,2] = cos %x
        %3: f32[2,2] = matmul %x, %w
        %4: f32[2,2] = matmul %0, %w
        %5: f32[2,2] = matmul %1, %w
        %6: f32[2,2] = matmul %3, %v
        %7: f32[2,2] = matmul %2, %v
        %8: f32[2,2] = matmul %0, %v
        %9: f32[2,2] = matmul %1, %v
        %10: f32[2,2] = matmul %7, %w
        return %4, %5, %6, %8, %9, %10
      }`);
    expect(products(text)).toBe(5);
  });
});
