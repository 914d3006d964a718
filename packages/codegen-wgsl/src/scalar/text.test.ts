import { describe, expect, test } from "vitest";
import {
  helperSource,
  literalText,
  loadFromMemory,
  storeToMemory,
  type WgslExpr,
  WgslScalars,
  wgslType,
} from "./index.js";
import { openScalarDevice } from "./test/evaluate.js";

const x: WgslExpr = { text: "x", dtype: "float32", width: 1 };
const v: WgslExpr = { text: "v", dtype: "float32", width: 4 };

function scalars(options = {}): { s: WgslScalars; lets: string[]; needed: Set<string> } {
  const lets: string[] = [];
  const needed = new Set<string>();
  const bind = (expr: WgslExpr): WgslExpr => {
    lets.push(expr.text);
    return { ...expr, text: `t${lets.length}` };
  };
  const s = new WgslScalars("float32", { bind, need: (name) => needed.add(name) }, options);
  return { s, lets, needed };
}

describe("literals", () => {
  test.each([
    [0.1, "float32", "0.1f"],
    [1, "float32", "1f"],
    [-2.5, "float32", "(-2.5f)"],
    [1e-8, "float32", "1e-8f"],
    [Math.PI, "float32", "3.1415927f"],
    [1.5, "float16", "1.5h"],
    [7, "int32", "7i"],
    [-2147483648, "int32", "i32(-2147483648)"],
    [-1, "uint32", "4294967295u"],
    [3, "bool", "true"],
  ] as const)("%s as %s is %s", (value, dtype, text) => expect(literalText(value, dtype)).toBe(text));

  test.each([
    [NaN, "weft_from_bits(0x7fc00000u)"],
    [Infinity, "weft_from_bits(0x7f800000u)"],
    [-1e39, "weft_from_bits(0xff800000u)"],
    [-0, "weft_from_bits(0x80000000u)"],
  ] as const)("%s is made from bits, which no compiler refuses", (value, text) => {
    const { s, needed } = scalars();
    expect(s.literal(value).text).toBe(text);
    expect([...needed]).toEqual(["weft_from_bits"]);
  });
});

describe("expressions", () => {
  test("a scalar that meets a vector is repeated in each lane", () => {
    const { s } = scalars();
    expect(s.add(v, x)).toEqual({ text: "(v + x)", dtype: "float32", width: 4 });
    expect(s.atan2(x, v).text).toBe("weft_atan2_x4(vec4f(x), v)");
    expect(s.select(s.lt(x, 0), v, 1).text).toBe("select(vec4f(1f), v, vec4<bool>(weft_lt(x, 0f)))");
  });

  test("a value used twice is bound, not written twice", () => {
    const { s, lets } = scalars();
    expect(s.pow(s.add(x, 1), 2).text).toBe("(t1 * t1)");
    expect(lets).toEqual(["(x + 1f)"]);
  });

  test("a long text gets a name before it nests too deep", () => {
    const { s } = scalars();
    let sum: WgslExpr = x;
    for (let i = 0; i < 1000; i++) sum = s.add(sum, x);
    expect(sum.text.length).toBeLessThan(260);
  });

  test("fastMath takes WGSL's own functions", () => {
    const { s, needed } = scalars({ fastMath: true });
    expect(s.exp(s.max(x, s.sin(v))).text).toBe("exp(max(vec4f(x), sin(v)))");
    expect([...needed]).toEqual([]);
  });

  test("bools are words in memory and bool in expressions", () => {
    const loaded = loadFromMemory("flags[i]", "bool", 4);
    expect(loaded.text).toBe("(flags[i] != vec4u(0u))");
    expect(storeToMemory(loaded)).toBe(`vec4u(${loaded.text})`);
  });

  test("float64 never reaches WGSL", () => {
    expect(() => wgslType("float64", 1)).toThrow(expect.objectContaining({ code: "W3001" }));
  });
});

describe("the preamble", () => {
  test("holds what is needed and what that calls, each once, whatever the order", () => {
    const source = helperSource(new Set(["weft_tanh_x4", "weft_exp"]));
    expect(source).toBe(helperSource(new Set(["weft_exp", "weft_tanh_x4"])));
    const names = [...source.matchAll(/fn (\w+)/g)].map(([, name]) => name);
    expect(new Set(names).size).toBe(names.length);
    expect(names).toEqual(
      expect.arrayContaining(["weft_exp", "weft_exp_product", "weft_exp_product_x4", "weft_tanh_x4"]),
    );
    expect(names).not.toContain("weft_exp_x4");
  });

  test("is plain ASCII and leaves no placeholder", () => {
    const source = helperSource(new Set(["weft_sin_x4", "weft_pow", "weft_erfc_x4", "weft_mod"]));
    // oxlint-disable-next-line no-control-regex
    expect(source).toMatch(/^[\x00-\x7f]*$/);
    expect(source).not.toMatch(/@|\b[FIUB]\(/);
  });
});

const device = await openScalarDevice();

test.skipIf(!device)("fastMath compiles and computes at both widths", async () => {
  const names = ["exp", "log2", "tanh", "erf", "floor", "sqrt"] as const;
  const results = await device!.evaluate(
    names.map((name) => ({
      name,
      dtype: "float32",
      build: (s, [a]) => s[name](a!),
      options: { fastMath: true },
    })),
    [new Uint32Array(new Float32Array([1, 1, 1, 1]).buffer)],
  );
  const values = results.map(({ vector }) => new Float32Array(vector.buffer)[0]!);
  [Math.E, 0, Math.tanh(1), 0.8427008, 1, 1].forEach((expected, k) =>
    expect(values[k]).toBeCloseTo(expected, 5),
  );
});
