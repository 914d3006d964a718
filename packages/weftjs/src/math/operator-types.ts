import type { Tensor } from "../math.js";

// What operators mean to `weft check`, which turns them into calls of these. Nothing here exists at run time. A call
// always type-checks: what is wrong with its operands is said by rules that know the operator.

type IsAny<T> = 0 extends 1 & T ? true : false;
type OrTensor<T> = IsAny<T> extends true ? number : T extends number ? number : Tensor;

interface Arithmetic {
  (a: number, b: number): number;
  (a: bigint, b: bigint): bigint;
  // A bool of `!mask` is one of a tensor, as far as types can tell.
  (a: Tensor | boolean, b: Tensor | boolean): Tensor;
  (a: unknown, b: unknown): number;
}

interface Addition {
  (a: number, b: number): number;
  (a: bigint, b: bigint): bigint;
  (a: Tensor | boolean, b: Tensor | boolean): Tensor;
  (a: unknown, b: unknown): string;
}

interface Comparison {
  (a: number, b: number): boolean;
  (a: Tensor, b: Tensor): Tensor;
  (a: unknown, b: unknown): boolean;
}

interface Sign {
  (x: number): number;
  (x: bigint): bigint;
  (x: Tensor | boolean): Tensor;
  (x: unknown): number;
}

/** Only `!` of a tensor becomes a call; of all else TypeScript knows what it narrows. */
type Not = (x: Tensor) => Tensor;

declare global {
  type $WeftTensor = Tensor;
  const $weftCheck: {
    readonly arithmetic: Arithmetic;
    readonly addition: Addition;
    readonly comparison: Comparison;
    readonly sign: Sign;
    readonly not: Not;
  };

  // What `Math` takes in transformed code. Overloads declared here are tried before JavaScript's own.
  interface Math {
    abs<T extends Tensor>(x: T): OrTensor<T>;
    acos<T extends Tensor>(x: T): OrTensor<T>;
    acosh<T extends Tensor>(x: T): OrTensor<T>;
    asin<T extends Tensor>(x: T): OrTensor<T>;
    asinh<T extends Tensor>(x: T): OrTensor<T>;
    atan<T extends Tensor>(x: T): OrTensor<T>;
    atan2<A extends Tensor, B extends Tensor>(y: A, x: B): OrTensor<A | B>;
    atanh<T extends Tensor>(x: T): OrTensor<T>;
    cbrt<T extends Tensor>(x: T): OrTensor<T>;
    ceil<T extends Tensor>(x: T): OrTensor<T>;
    cos<T extends Tensor>(x: T): OrTensor<T>;
    cosh<T extends Tensor>(x: T): OrTensor<T>;
    exp<T extends Tensor>(x: T): OrTensor<T>;
    expm1<T extends Tensor>(x: T): OrTensor<T>;
    floor<T extends Tensor>(x: T): OrTensor<T>;
    hypot<T extends Tensor>(...operands: T[]): OrTensor<T>;
    log<T extends Tensor>(x: T): OrTensor<T>;
    log10<T extends Tensor>(x: T): OrTensor<T>;
    log1p<T extends Tensor>(x: T): OrTensor<T>;
    log2<T extends Tensor>(x: T): OrTensor<T>;
    max<T extends Tensor>(...operands: T[]): OrTensor<T>;
    min<T extends Tensor>(...operands: T[]): OrTensor<T>;
    pow<A extends Tensor, B extends Tensor>(x: A, y: B): OrTensor<A | B>;
    round<T extends Tensor>(x: T): OrTensor<T>;
    sign<T extends Tensor>(x: T): OrTensor<T>;
    sin<T extends Tensor>(x: T): OrTensor<T>;
    sinh<T extends Tensor>(x: T): OrTensor<T>;
    sqrt<T extends Tensor>(x: T): OrTensor<T>;
    tan<T extends Tensor>(x: T): OrTensor<T>;
    tanh<T extends Tensor>(x: T): OrTensor<T>;
    trunc<T extends Tensor>(x: T): OrTensor<T>;
  }
}
