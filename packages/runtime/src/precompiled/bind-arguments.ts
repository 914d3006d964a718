import {
  type DType,
  elementCount,
  formatType,
  holds,
  type Shape,
  sameType,
  type TensorType,
  writtenShape,
} from "@weftjs/ir/core";
import type { RuntimeCore } from "../runtime-core.js";
import { DeviceTensor, isModuleTensor } from "./device-tensor.js";
import type { ArgumentForm, Signature } from "./module-data.js";
import { ofAnotherModule } from "./module-errors.js";

/** A tensor among the arguments of a call: one that is on the device, or numbers that are to go there. */
export interface BoundTensor {
  readonly type: TensorType;
  readonly value: unknown;
  readonly path: string;
}

/** What a signature takes of a call's arguments, each in order. */
export interface Bound {
  readonly tensors: BoundTensor[];
  readonly numbers: number[];
  readonly numberPaths: string[];
}

/** Why arguments do not fit a signature. */
export interface Misfit {
  readonly path: string;
  readonly needed: string;
  readonly got: string;
}

/** Takes the arguments of a call apart, without a copy of anything. @throws W4072 */
export function bindArguments(
  { parameters, parameterNames, program, scalars }: Signature,
  args: readonly unknown[],
  runtime: RuntimeCore,
): Bound | Misfit {
  const bound: Bound = { tensors: [], numbers: [], numberPaths: [] };
  if (args.length > parameters.length)
    return { path: "it", needed: `${parameters.length} arguments`, got: `${args.length}` };
  for (const [k, form] of parameters.entries()) {
    const fault = bind(form, args[k], parameterNames[k]!, bound, runtime);
    if (fault) return fault;
  }
  return rangeMisfit(bound, scalars, program?.scalars ?? []) ?? bound;
}

/** Beyond the range of an integer a number would come to the kernel as another one. */
function rangeMisfit(
  { numbers, numberPaths }: Bound,
  scalars: readonly number[],
  dtypes: readonly DType[],
): Misfit | undefined {
  const at = dtypes.findIndex((dtype, k) => !holds(dtype, numbers[scalars[k]!]!));
  if (at < 0) return undefined;
  const number = scalars[at]!;
  return { path: numberPaths[number]!, needed: `a number of ${dtypes[at]}`, got: String(numbers[number]) };
}

function bind(
  form: ArgumentForm,
  value: unknown,
  path: string,
  bound: Bound,
  runtime: RuntimeCore,
): Misfit | undefined {
  switch (form.kind) {
    case "tensor":
      return bindTensor(form.type, value, path, bound, runtime);
    case "number":
      if (typeof value !== "number" || (form.isWhole && !isWhole(value)))
        return { path, needed: form.isWhole ? "an integer" : "a number", got: nameOf(value) };
      bound.numbers.push(value);
      bound.numberPaths.push(path);
      return undefined;
    case "fixed":
      if (Object.is(value, form.value)) return undefined;
      return { path, needed: `${nameOf(form.value)}, which was compiled in`, got: nameOf(value) };
    case "list":
      if (!Array.isArray(value) || value.length !== form.items.length)
        return { path, needed: `an array of ${form.items.length}`, got: nameOf(value) };
      return firstMisfit(form.items, (item, k) => bind(item, value[k], `${path}[${k}]`, bound, runtime));
    case "object":
      return bindObject(form, value, path, bound, runtime);
    default:
      return form satisfies never;
  }
}

function bindObject(
  { keys, items }: Extract<ArgumentForm, { kind: "object" }>,
  value: unknown,
  path: string,
  bound: Bound,
  runtime: RuntimeCore,
): Misfit | undefined {
  const needed = `an object of ${keys.join(", ")}`;
  if (typeof value !== "object" || value === null || Array.isArray(value))
    return { path, needed, got: nameOf(value) };
  // What the compiled function would not look at may mean something to the one that it was made from.
  const unknown = Object.keys(value).find((key) => !keys.includes(key));
  if (unknown !== undefined) return { path, needed, got: `one with ${unknown}` };
  return firstMisfit(items, (item, k) => {
    const key = keys[k]!;
    const part: unknown = Object.hasOwn(value, key) ? (value as Record<string, unknown>)[key] : undefined;
    return bind(item, part, `${path}.${key}`, bound, runtime);
  });
}

function bindTensor(
  type: TensorType,
  value: unknown,
  path: string,
  { tensors }: Bound,
  runtime: RuntimeCore,
): Misfit | undefined {
  const needed = formatType(type);
  if (typeof value === "object" && value !== null && isModuleTensor(value)) {
    if (!(value instanceof DeviceTensor) || !value.isOn(runtime)) throw ofAnotherModule(path);
    if (!sameType(value, type)) return { path, needed, got: nameOf(value) };
  } else {
    const fault = numbersFault(type, value);
    if (fault !== undefined) return { path, needed, got: fault };
  }
  tensors.push({ type, value, path });
  return undefined;
}

/** What is wrong with numbers that are to become a tensor, as far as that is seen at a glance. */
export function numbersFault({ dtype, shape }: TensorType, value: unknown): string | undefined {
  if (ArrayBuffer.isView(value)) {
    const { name } = value.constructor;
    if (name === "DataView" || name.startsWith("Big")) return name;
    if (name.startsWith("Float") && !dtype.startsWith("float")) return name;
    const { length } = value as unknown as ArrayLike<number>; // A typed array, then.
    return length === elementCount(shape) ? undefined : `${nameOf(value)} of ${length} elements`;
  }
  if (typeof value !== "number" && typeof value !== "boolean" && !Array.isArray(value)) return nameOf(value);
  const got: Shape = writtenShape(value);
  return got.length === shape.length && got.every((size, axis) => size === shape[axis])
    ? undefined
    : `an array of shape [${got.join(",")}]`;
}

function firstMisfit<T>(
  items: readonly T[],
  fits: (item: T, k: number) => Misfit | undefined,
): Misfit | undefined {
  for (const [k, item] of items.entries()) {
    const fault = fits(item, k);
    if (fault) return fault;
  }
  return undefined;
}

function nameOf(value: unknown): string {
  if (value instanceof DeviceTensor) return `a tensor ${formatType(value)}`;
  if (Array.isArray(value)) return `an array of ${value.length}`;
  if (typeof value === "object" && value !== null) return `${value.constructor?.name ?? "an object"}`;
  if (typeof value === "function") return "a function";
  return typeof value === "string" ? JSON.stringify(value) : String(value);
}

/** As the tracer counts: -0 is a float. */
function isWhole(value: number): boolean {
  return Number.isInteger(value) && !Object.is(value, -0);
}
