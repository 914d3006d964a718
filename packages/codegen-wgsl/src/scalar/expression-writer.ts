import { bug, type DType, isFloat, isInteger, numberScalars, promoteDTypes } from "@weftjs/ir";
import { float32Bits, literalText, literalValue, needsBits } from "./literal.js";
import { type Helper, helperName } from "./preamble.js";
import { isCheap, splat, type WgslExpr, type Width, wgslType } from "./wgsl-expr.js";

/** What the kernel generator does for an expression. */
export interface Emitter {
  /** Names the value (a `let`) and gives a cheap reference to it. */
  bind(expr: WgslExpr): WgslExpr;
  /** Asks for a function of the kernel's preamble, by the name it is called with; see `helperSource`. */
  need(helper: string): void;
}

export interface ScalarOptions {
  /** WGSL's own functions where it has them: quicker on some devices, with its errors and its edges. */
  readonly fastMath?: boolean;
}

/** Longer texts get a name, because deep nesting overflows shader compilers. */
const LONGEST_TEXT = 240;

export type Operand = WgslExpr | number;

/** How expressions are put together: literals, casts, operators, calls, and what must not be folded. */
export class ExpressionWriter {
  constructor(
    readonly dtype: DType,
    private readonly emit: Emitter,
    protected readonly options: ScalarOptions = {},
  ) {}

  literal(value: number, dtype: DType = this.dtype): WgslExpr {
    if (needsBits(value, dtype)) this.emit.need(helperName("from_bits", 1));
    return { text: literalText(value, dtype), dtype, width: 1, literal: literalValue(value, dtype) };
  }

  cast(x: WgslExpr, dtype: DType): WgslExpr {
    const from = x.dtype;
    if (from === dtype) return x;
    if (x.literal !== undefined) return this.literal(numberScalars(from).cast(x.literal, dtype), dtype);
    if (dtype === "bool") {
      if (!isFloat(from)) return this.make(`(${x.text} != ${wgslType(from, x.width)}(0))`, dtype, x.width);
      return this.call("is_nonzero", [this.toFloat32(x)], dtype);
    }
    if (isInteger(dtype) && isFloat(from)) {
      return this.call(dtype === "int32" ? "to_int" : "to_uint", [this.toFloat32(x)], dtype);
    }
    // An integer can be too large for float16's conversion, which WGSL leaves undefined.
    if (dtype === "float16" && isInteger(from)) return this.cast(this.cast(x, "float32"), dtype);
    return this.make(`${wgslType(dtype, x.width)}(${x.text})`, dtype, x.width);
  }

  /** Both operands as expressions of one dtype; a number takes the other's. */
  protected pair(a: Operand, b: Operand): readonly [WgslExpr, WgslExpr] {
    const met = typeof a !== "number" ? a.dtype : typeof b !== "number" ? b.dtype : this.dtype;
    const x = typeof a === "number" ? this.literal(a, met) : a;
    const y = typeof b === "number" ? this.literal(b, met) : b;
    if (x.dtype === y.dtype) return [x, y];
    const dtype = promoteDTypes(x.dtype, y.dtype);
    return [this.cast(x, dtype), this.cast(y, dtype)];
  }

  protected infix(operator: string, a: Operand, b: Operand): WgslExpr {
    const [x, y] = this.pair(a, b);
    const width = widest(x.width, y.width);
    // Two constants would be folded, and an overflow there is a compile error.
    const left = y.literal === undefined ? x : this.runtime(x);
    // Arithmetic mixes a scalar and a vector; logic does not.
    const mixes = "+-*/".includes(operator);
    const texts = [left, y].map((operand) => (mixes ? operand : splat(operand, width)).text);
    return this.make(`(${texts.join(` ${operator} `)})`, x.dtype, width);
  }

  protected builtin(name: string, operands: readonly WgslExpr[]): WgslExpr {
    const width = operands.map((operand) => operand.width).reduce(widest);
    // Of constants alone it is folded, and sqrt(-1.0) is then a compile error.
    const isConstant = operands.every(({ literal }) => literal !== undefined);
    const texts = operands.map((operand) => splat(isConstant ? this.runtime(operand) : operand, width).text);
    return this.make(`${name}(${texts.join(", ")})`, operands[0]!.dtype, width);
  }

  /** A helper of float32 operands and result, with float16 converted on both sides. */
  protected float32(helper: Helper, operands: readonly WgslExpr[]): WgslExpr {
    const dtype = operands[0]!.dtype;
    if (!isFloat(dtype)) throw bug(`${helper} of ${dtype} in WGSL`);
    const converted = operands.map((operand) => this.toFloat32(operand));
    return this.cast(this.call(helper, converted, "float32"), dtype);
  }

  protected call(helper: Helper, operands: readonly WgslExpr[], dtype: DType): WgslExpr {
    const width = operands.map((operand) => operand.width).reduce(widest);
    const name = helperName(helper, width);
    this.emit.need(name);
    const texts = operands.map((operand) => splat(operand, width).text);
    return this.make(`${name}(${texts.join(", ")})`, dtype, width);
  }

  protected toFloat32(x: WgslExpr): WgslExpr {
    return this.cast(x, "float32");
  }

  /** The same value where WGSL's constant folding does not see it: as the argument of a function. */
  protected runtime(x: WgslExpr): WgslExpr {
    if (x.literal === undefined || x.dtype === "bool") return x;
    const { text, dtype, literal } = x;
    if (dtype === "float32" || dtype === "float16") {
      this.emit.need(helperName("from_bits", 1));
      const value = `weft_from_bits(${float32Bits(literal)}u)`;
      return splat(this.make(dtype === "float16" ? `f16(${value})` : value, dtype, 1), x.width);
    }
    const helper = dtype === "int32" ? "runtime_int" : "runtime_uint";
    this.emit.need(helperName(helper, x.width));
    return this.make(`${helperName(helper, x.width)}(${text})`, dtype, x.width);
  }

  /** The same value, to be mentioned more than once. */
  protected shared(x: WgslExpr): WgslExpr {
    return isCheap(x) ? x : this.emit.bind(x);
  }

  protected make(text: string, dtype: DType, width: Width): WgslExpr {
    const expr = { text, dtype, width };
    return text.length > LONGEST_TEXT ? this.emit.bind(expr) : expr;
  }
}

export function widest(a: Width, b: Width): Width {
  return a === 4 || b === 4 ? 4 : 1;
}
