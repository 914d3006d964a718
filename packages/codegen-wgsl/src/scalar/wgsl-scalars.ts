import { type DType, isFloat, isInteger, numberScalars, type ScalarOps } from "@weftjs/ir";
import { ExpressionWriter, type Operand, widest } from "./expression-writer.js";
import type { Helper } from "./preamble.js";
import { splat, type WgslExpr, wgslType } from "./wgsl-expr.js";

/**
 * The scalar functions as WGSL. An operand of one lane that meets one of four is repeated in each lane.
 * float16 computes in float32 but for + - * /. Values used twice are bound, never written twice.
 */
export class WgslScalars extends ExpressionWriter implements ScalarOps<WgslExpr> {
  select(condition: WgslExpr, ifTrue: Operand, ifFalse: Operand): WgslExpr {
    const [a, b] = this.pair(ifTrue, ifFalse);
    const width = widest(widest(a.width, b.width), condition.width);
    const texts = [splat(b, width), splat(a, width), splat(this.cast(condition, "bool"), width)];
    return this.make(`select(${texts.map(({ text }) => text).join(", ")})`, a.dtype, width);
  }

  neg(x: WgslExpr): WgslExpr {
    if (x.literal !== undefined) return this.literal(numberScalars(x.dtype).neg(x.literal), x.dtype);
    return this.make(x.dtype === "uint32" ? `(0u - ${x.text})` : `(-${x.text})`, x.dtype, x.width);
  }
  abs(x: WgslExpr): WgslExpr {
    return this.builtin("abs", [x]);
  }
  sign(x: WgslExpr): WgslExpr {
    if (isFloat(x.dtype)) return this.float32("sign", [x]);
    if (x.dtype === "uint32") return this.builtin("min", [x, splat(this.literal(1, x.dtype), x.width)]);
    return this.builtin("sign", [x]);
  }

  exp(x: WgslExpr): WgslExpr {
    return this.elementary("exp", [x]);
  }
  exp2(x: WgslExpr): WgslExpr {
    return this.elementary("exp2", [x]);
  }
  expm1(x: WgslExpr): WgslExpr {
    return this.float32("expm1", [x]);
  }
  log(x: WgslExpr): WgslExpr {
    return this.elementary("log", [x]);
  }
  log2(x: WgslExpr): WgslExpr {
    return this.elementary("log2", [x]);
  }
  log1p(x: WgslExpr): WgslExpr {
    return this.float32("log1p", [x]);
  }
  sqrt(x: WgslExpr): WgslExpr {
    return this.builtin("sqrt", [x]);
  }
  cbrt(x: WgslExpr): WgslExpr {
    return this.float32("cbrt", [x]);
  }
  sin(x: WgslExpr): WgslExpr {
    return this.elementary("sin", [x]);
  }
  cos(x: WgslExpr): WgslExpr {
    return this.elementary("cos", [x]);
  }
  tan(x: WgslExpr): WgslExpr {
    return this.elementary("tan", [x]);
  }
  asin(x: WgslExpr): WgslExpr {
    return this.elementary("asin", [x]);
  }
  acos(x: WgslExpr): WgslExpr {
    return this.elementary("acos", [x]);
  }
  atan(x: WgslExpr): WgslExpr {
    return this.elementary("atan", [x]);
  }
  sinh(x: WgslExpr): WgslExpr {
    return this.elementary("sinh", [x]);
  }
  cosh(x: WgslExpr): WgslExpr {
    return this.elementary("cosh", [x]);
  }
  tanh(x: WgslExpr): WgslExpr {
    // Never the built-in: some drivers give NaN where e^x overflows, which no network survives.
    return this.float32("tanh", [x]);
  }
  asinh(x: WgslExpr): WgslExpr {
    return this.elementary("asinh", [x]);
  }
  acosh(x: WgslExpr): WgslExpr {
    return this.elementary("acosh", [x]);
  }
  atanh(x: WgslExpr): WgslExpr {
    return this.elementary("atanh", [x]);
  }
  erf(x: WgslExpr): WgslExpr {
    return this.float32("erf", [x]);
  }
  erfc(x: WgslExpr): WgslExpr {
    return this.float32("erfc", [x]);
  }
  erfinv(x: WgslExpr): WgslExpr {
    return this.float32("erfinv", [x]);
  }

  floor(x: WgslExpr): WgslExpr {
    return this.rounding("floor", x);
  }
  ceil(x: WgslExpr): WgslExpr {
    return this.rounding("ceil", x);
  }
  round(x: WgslExpr): WgslExpr {
    return this.rounding("round", x);
  }
  trunc(x: WgslExpr): WgslExpr {
    return this.rounding("trunc", x);
  }

  isNaN(x: WgslExpr): WgslExpr {
    if (!isFloat(x.dtype)) return splat(this.literal(0, "bool"), x.width);
    return this.call("is_nan", [this.toFloat32(x)], "bool");
  }
  isFinite(x: WgslExpr): WgslExpr {
    if (!isFloat(x.dtype)) return splat(this.literal(1, "bool"), x.width);
    return this.call("is_finite", [this.toFloat32(x)], "bool");
  }

  add(a: Operand, b: Operand): WgslExpr {
    return this.infix("+", a, b);
  }
  /** Drivers fold `x + 0` and `0 - x`: the sign of a zero that comes of it is theirs to choose. */
  sub(a: Operand, b: Operand): WgslExpr {
    const [x, y] = this.pair(a, b);
    if (isFloat(x.dtype) && x.text === y.text) return this.float32("difference_with_itself", [x]);
    return this.infix("-", x, y);
  }
  mul(a: Operand, b: Operand): WgslExpr {
    const [x, y] = this.pair(a, b);
    if (!isFloat(x.dtype)) return this.infix("*", x, y);
    if (x.literal === 0) return this.signed(x, this.float32("zero_like", [y]));
    if (y.literal === 0) return this.signed(y, this.float32("zero_like", [x]));
    return this.infix("*", x, y);
  }
  /** Of integers: towards zero; by 0 it gives the dividend, as in WGSL. */
  div(a: Operand, b: Operand): WgslExpr {
    const [x, y] = this.pair(a, b);
    if (!isFloat(x.dtype)) return this.infix("/", x, y.literal === 0 ? this.runtime(y) : y);
    if (x.text === y.text) return this.float32("quotient_with_itself", [x]);
    if (x.literal === 0) return this.signed(x, this.float32("zero_over", [y]));
    if (y.literal === 0) return this.signed(y, this.float32("over_zero", [x]));
    if (isInfinite(y)) return this.signed(y, this.float32("zero_like", [x]));
    if (y.literal !== undefined || y.dtype !== "float32") return this.infix("/", x, y);
    return this.infix("/", x, this.call("unrelated", [y], y.dtype));
  }
  pow(a: Operand, b: Operand): WgslExpr {
    const [x, y] = this.pair(a, b);
    if (y.literal === 1) return x;
    if (y.literal === 2 || y.literal === 3) {
      const base = this.shared(x);
      const square = this.mul(base, base);
      return y.literal === 2 ? square : this.mul(square, base);
    }
    if (isInteger(x.dtype)) return this.call(x.dtype === "int32" ? "pow_int" : "pow_uint", [x, y], x.dtype);
    return this.elementary("pow", [x, y]);
  }
  mod(a: Operand, b: Operand): WgslExpr {
    const [x, y] = this.pair(a, b);
    if (isFloat(x.dtype)) return this.float32("mod", [x, y]);
    return this.call(x.dtype === "int32" ? "mod_int" : "mod_uint", [x, y], x.dtype);
  }
  min(a: Operand, b: Operand): WgslExpr {
    return this.extreme("min", a, b);
  }
  max(a: Operand, b: Operand): WgslExpr {
    return this.extreme("max", a, b);
  }
  atan2(y: Operand, x: Operand): WgslExpr {
    return this.elementary("atan2", this.pair(y, x));
  }

  eq(a: Operand, b: Operand): WgslExpr {
    return this.compare("eq", "==", a, b);
  }
  lt(a: Operand, b: Operand): WgslExpr {
    return this.compare("lt", "<", a, b);
  }
  le(a: Operand, b: Operand): WgslExpr {
    return this.compare("le", "<=", a, b);
  }

  not(x: WgslExpr): WgslExpr {
    return this.make(`(${x.dtype === "bool" ? "!" : "~"}${x.text})`, x.dtype, x.width);
  }
  and(a: WgslExpr, b: WgslExpr): WgslExpr {
    return this.infix("&", a, b);
  }
  or(a: WgslExpr, b: WgslExpr): WgslExpr {
    return this.infix("|", a, b);
  }
  xor(a: WgslExpr, b: WgslExpr): WgslExpr {
    return this.infix(a.dtype === "bool" ? "!=" : "^", a, b);
  }

  bitAnd(a: Operand, b: Operand): WgslExpr {
    return this.infix("&", a, b);
  }
  bitOr(a: Operand, b: Operand): WgslExpr {
    return this.infix("|", a, b);
  }
  bitXor(a: Operand, b: Operand): WgslExpr {
    return this.infix("^", a, b);
  }
  bitNot(x: WgslExpr): WgslExpr {
    return this.make(`(~${x.text})`, x.dtype, x.width);
  }
  shiftLeft(a: Operand, b: Operand): WgslExpr {
    return this.shift("<<", a, b);
  }
  shiftRight(a: Operand, b: Operand): WgslExpr {
    return this.shift(">>", a, b);
  }
  bitcast(x: WgslExpr, dtype: DType): WgslExpr {
    if (x.dtype === dtype) return x;
    if (x.literal !== undefined) return this.literal(numberScalars(x.dtype).bitcast(x.literal, dtype), dtype);
    return this.make(`bitcast<${wgslType(dtype, x.width)}>(${x.text})`, dtype, x.width);
  }

  /** WGSL takes the amount as u32, modulo 32 unless it is a constant: then a larger one does not compile. */
  private shift(operator: "<<" | ">>", a: Operand, b: Operand): WgslExpr {
    const [x, y] = this.pair(a, b);
    const amount = y.literal === undefined ? this.cast(y, "uint32") : this.literal(y.literal & 31, "uint32");
    const width = widest(x.width, y.width);
    const value = splat(y.literal === undefined ? x : this.runtime(x), width);
    return this.make(`(${value.text} ${operator} ${splat(amount, width).text})`, x.dtype, width);
  }

  /** With its sign changed where the literal is -0 or -Inf. */
  private signed(limit: WgslExpr, x: WgslExpr): WgslExpr {
    return Object.is(limit.literal, -0) || limit.literal === -Infinity ? this.neg(x) : x;
  }

  private compare(helper: Helper, operator: string, a: Operand, b: Operand): WgslExpr {
    const [x, y] = this.pair(a, b);
    if (x.dtype === "bool") return this.compareBools(helper, x, y);
    const width = widest(x.width, y.width);
    if (!isFloat(x.dtype) || this.options.fastMath) {
      const texts = [x, y].map((operand) => splat(operand, width).text);
      return this.make(`(${texts.join(` ${operator} `)})`, "bool", width);
    }
    return this.call(helper, [this.toFloat32(x), this.toFloat32(y)], "bool");
  }

  private compareBools(helper: Helper, x: WgslExpr, y: WgslExpr): WgslExpr {
    if (helper === "eq") return this.infix("==", x, y);
    return helper === "lt" ? this.and(this.not(x), y) : this.or(this.not(x), y);
  }

  private extreme(name: "min" | "max", a: Operand, b: Operand): WgslExpr {
    const [x, y] = this.pair(a, b);
    if (x.dtype === "bool") return this.infix(name === "min" ? "&" : "|", x, y);
    if (!isFloat(x.dtype) || this.options.fastMath) return this.builtin(name, [x, y]);
    if (name === "max" && y.literal === 0) return this.float32("positive_part", [x]);
    if (name === "max" && x.literal === 0) return this.float32("positive_part", [y]);
    const helper = name === "min" ? "min_number" : "max_number";
    if (isNumber(y)) return this.float32(helper, [x, y]);
    if (isNumber(x)) return this.float32(helper, [y, x]);
    return this.float32(name, [x, y]);
  }

  private rounding(name: "floor" | "ceil" | "round" | "trunc", x: WgslExpr): WgslExpr {
    if (!isFloat(x.dtype)) return x;
    return this.options.fastMath ? this.builtin(name, [x]) : this.float32(name, [x]);
  }

  /** A function that WGSL has too: its own where accuracy was waived. */
  private elementary(name: Helper, operands: readonly WgslExpr[]): WgslExpr {
    return this.options.fastMath ? this.builtin(name, operands) : this.float32(name, operands);
  }
}

/** Known not to be NaN. */
function isNumber(x: WgslExpr): boolean {
  return x.literal !== undefined && !Number.isNaN(x.literal);
}

function isInfinite(x: WgslExpr): boolean {
  return x.literal === Infinity || x.literal === -Infinity;
}
