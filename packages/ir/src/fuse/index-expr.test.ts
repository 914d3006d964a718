import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  addIndex,
  constantIndex,
  floorDivIndex,
  type Index,
  linearIndex,
  modIndex,
  positionOf,
  scaleIndex,
  substitute,
  symbol,
  unboundIndex,
  withinIndex,
} from "./index-expr.js";

/** What a shader computes: `/` and `%` round towards zero. */
function shaderValue(index: Index, symbols: Readonly<Record<string, number>>): number {
  return index.terms.reduce((sum, { atom, factor }) => {
    switch (atom.kind) {
      case "symbol":
        return sum + factor * symbols[atom.name]!;
      case "div":
        return sum + factor * Math.trunc(shaderValue(atom.of, symbols) / atom.by);
      case "mod":
        return sum + factor * (shaderValue(atom.of, symbols) % atom.by);
      default:
        throw new Error("no tensors here");
    }
  }, index.constant);
}

/** An index with its value in plain arithmetic. */
interface Pair {
  readonly index: Index;
  readonly value: (symbols: Readonly<Record<string, number>>) => number;
}

const size = fc.constantFrom(1, 2, 3, 4, 5, 6, 8, 12, 20);
const leaf: fc.Arbitrary<Pair> = fc.oneof(
  fc.constantFrom(["x", 3], ["y", 4], ["z", 12], ["w", 7]).map(([name, count]) => ({
    index: symbol(name as string, count as number),
    value: (symbols: Readonly<Record<string, number>>) => symbols[name as string]!,
  })),
  fc.integer({ min: -9, max: 30 }).map((value) => ({ index: constantIndex(value), value: () => value })),
);

const pairs = fc.letrec<{ pair: Pair }>((tie) => ({
  pair: fc.oneof(
    { maxDepth: 5 },
    leaf,
    fc.tuple(tie("pair"), tie("pair")).map(([a, b]) => ({
      index: addIndex(a.index, b.index),
      value: (s: Readonly<Record<string, number>>) => a.value(s) + b.value(s),
    })),
    fc.tuple(tie("pair"), fc.integer({ min: -6, max: 12 })).map(([a, factor]) => ({
      index: scaleIndex(a.index, factor),
      value: (s: Readonly<Record<string, number>>) => a.value(s) * factor,
    })),
    fc.tuple(tie("pair"), size).map(([a, by]) => ({
      index: floorDivIndex(a.index, by),
      value: (s: Readonly<Record<string, number>>) => Math.floor(a.value(s) / by),
    })),
    fc.tuple(tie("pair"), size).map(([a, by]) => ({
      index: modIndex(a.index, by),
      value: (s: Readonly<Record<string, number>>) => a.value(s) - by * Math.floor(a.value(s) / by),
    })),
  ),
})).pair;

describe("index arithmetic", () => {
  test("rounds down in a shader too, and stays within its range, however it was simplified", () => {
    fc.assert(
      fc.property(pairs, fc.nat(2), fc.nat(3), fc.nat(11), fc.nat(6), ({ index, value }, x, y, z, w) => {
        const symbols = { x, y, z, w };
        const got = shaderValue(index, symbols);
        expect(got === value(symbols)).toBe(true);
        expect(got).toBeGreaterThanOrEqual(index.low);
        expect(got).toBeLessThanOrEqual(index.high);
      }),
      { numRuns: 5000 },
    );
  });

  test("brings a position and its row-major number back to the plain number", () => {
    const g = symbol("g", 24);
    const back = linearIndex(positionOf(linearIndex(positionOf(g, [2, 3, 4]), [2, 3, 4]), [6, 4]), [6, 4]);
    expect(back.key).toBe(g.key);
  });
});

describe("a position that conditions keep in range", () => {
  const [row, column] = [symbol("r", 5), symbol("c", 6)];
  const padded = [row, withinIndex(addIndex(column, constantIndex(-1)), 4)];

  test("comes back from a reshape as it was, although it may lie outside", () => {
    const back = positionOf(linearIndex(padded, [5, 4]), [5, 4]);
    expect(back.map((index) => index.key)).toEqual(padded.map((index) => index.key));
  });

  test("is a sum like any other in the number of an element", () => {
    expect(unboundIndex(linearIndex(padded, [5, 4])).key).toBe(
      addIndex(addIndex(scaleIndex(row, 4), column), constantIndex(-1)).key,
    );
  });

  test("is itself where its range needs no condition", () => {
    expect(withinIndex(column, 6)).toBe(column);
    const moved = substitute(padded[1]!, new Map([["c", constantIndex(3)]]));
    expect(moved.key).toBe("2");
  });
});
