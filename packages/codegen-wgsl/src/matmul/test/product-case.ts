import type { MatmulOperand, MatmulView } from "../view.js";

/** How an operand lies in memory: by rows, by columns (a transpose), or with gaps, which no vec4 can read. */
export type Layout = "rows" | "columns" | "gaps";

export interface Product {
  readonly batch?: number;
  readonly m: number;
  readonly n: number;
  readonly k: number;
  readonly a?: Layout;
  readonly b?: Layout;
  readonly elementType?: "f32" | "f16";
}

/** A product with random operands, the view a template sees of it, and its result in float64. */
export interface ProductCase {
  readonly view: MatmulView;
  /** In the order of the bindings, the output excepted; the test may change the values before it runs. */
  readonly inputs: readonly Float32Array<ArrayBuffer>[];
  setA(row: number, col: number, value: number): void;
  setB(row: number, col: number, value: number): void;
  /** What the output is before: a store adds to it, so that an output stored twice shows. */
  before(): Float32Array<ArrayBuffer>;
  /** What the output must be after. */
  expected(): Float64Array;
}

const SPARE = 8;
const UNTOUCHED = 77;

export function productCase(product: Product): ProductCase {
  const { batch = 1, m, n, k, elementType = "f32" } = product;
  const a = new Matrices("a", batch, m, k, product.a ?? "rows", elementType);
  const b = new Matrices("b", batch, k, n, product.b ?? "rows", elementType);
  const size = batch * m * n;
  const bias = Float32Array.from({ length: n }, (_, i) => i / 8);
  const f32 = elementType === "f32" ? "" : "f32";
  const canStoreVec4 = n % 4 === 0;

  const view: MatmulView = {
    batch,
    m,
    n,
    k,
    a,
    b,
    canStoreVec4,
    elementType,
    header: `${a.bindings(0)}
${b.bindings(2)}
@group(0) @binding(4) var<storage, read> bias: array<f32>;
@group(0) @binding(5) var<storage, read_write> out: array<f32>;`,
    store: (at, acc, width) =>
      Array.from({ length: width }, (_, i) => {
        const col = `${at.col} + ${i}`;
        const value = `${f32}(${width === 4 ? `${acc}[${i}]` : acc})`;
        return `out[(${at.batch} * ${m} + ${at.row}) * ${n} + ${col}] += ${value} + bias[${col}];`;
      }).join(" "),
  };
  const before = (): Float32Array<ArrayBuffer> =>
    Float32Array.from({ length: size + SPARE }, (_, i) => (i < size ? i % 3 : UNTOUCHED));
  return {
    view,
    get inputs() {
      return [a.data, a.data, b.data, b.data, bias];
    },
    setA: (row, col, value) => a.set(0, row, col, value),
    setB: (row, col, value) => b.set(0, row, col, value),
    before,
    expected: () => {
      const result = Float64Array.from(before());
      for (let i = 0; i < size; i++) {
        const [z, row, col] = [Math.floor(i / (m * n)), Math.floor(i / n) % m, i % n];
        let sum = 0;
        for (let inner = 0; inner < k; inner++) sum += a.get(z, row, inner) * b.get(z, inner, col);
        result[i]! += sum + bias[col]!;
      }
      return result;
    },
  };
}

/** A batch of matrices in a buffer that is bound twice, by elements and by vectors. */
class Matrices implements MatmulOperand {
  private values: Float32Array<ArrayBuffer> | undefined;
  readonly contiguousAlong: "row" | "col" | null;
  readonly vec4Along: "row" | "col" | null;
  private readonly strides: readonly [number, number];

  constructor(
    private readonly name: string,
    private readonly batch: number,
    private readonly rows: number,
    private readonly columns: number,
    layout: Layout,
    private readonly elementType: "f32" | "f16",
  ) {
    const step = layout === "gaps" ? 2 : 1;
    this.strides = layout === "columns" ? [1, rows] : [columns * step, step];
    this.contiguousAlong = layout === "gaps" ? null : layout === "rows" ? "col" : "row";
    const isAligned = this.contiguousAlong === "col" ? columns % 4 === 0 : rows % 4 === 0;
    this.vec4Along = isAligned ? this.contiguousAlong : null;
  }

  /** Made when first asked for: the planner's tests have large operands and read none. */
  get data(): Float32Array<ArrayBuffer> {
    const length = Math.ceil((this.batch * this.matrixSize) / 4) * 4;
    // Sixteenths: exact in float16 too. What a read past the edge finds must not pass for a zero.
    return (this.values ??= Float32Array.from({ length }, () => (Math.floor(random() * 31) - 15) / 16));
  }

  bindings(first: number): string {
    return `@group(0) @binding(${first}) var<storage, read> ${this.name}_elements: array<f32>;
@group(0) @binding(${first + 1}) var<storage, read> ${this.name}_vectors: array<vec4f>;`;
  }

  element(batch: string, row: string, col: string): string {
    const text = `${this.name}_elements[${this.index(batch, row, col)}]`;
    return this.elementType === "f16" ? `f16(${text})` : text;
  }

  vec4(batch: string, row: string, col: string): string {
    const text = `${this.name}_vectors[(${this.index(batch, row, col)}) / 4]`;
    return this.elementType === "f16" ? `vec4h(${text})` : text;
  }

  private index(batch: string, row: string, col: string): string {
    const [down, across] = this.strides;
    return `(${batch}) * ${this.matrixSize} + (${row}) * ${down} + (${col}) * ${across}`;
  }

  private get matrixSize(): number {
    return this.rows * this.columns * (this.contiguousAlong ? 1 : 2);
  }

  private offset(batch: number, row: number, col: number): number {
    return batch * this.matrixSize + row * this.strides[0] + col * this.strides[1];
  }

  get(batch: number, row: number, col: number): number {
    return this.data[this.offset(batch, row, col)]!;
  }

  set(batch: number, row: number, col: number, value: number): void {
    this.data[this.offset(batch, row, col)] = value;
  }
}

/** The same numbers in every run. */
let seed = 1;
function random(): number {
  seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
  return seed / 2 ** 32;
}
