import { bug } from "@weftjs/ir";
import { ARITHMETIC } from "./functions/arithmetic.js";
import { BITS } from "./functions/bits.js";
import { ERROR_FUNCTION } from "./functions/error-function.js";
import { EXPONENTIAL } from "./functions/exponential.js";
import { HYPERBOLIC } from "./functions/hyperbolic.js";
import { INVERSE_TRIGONOMETRIC } from "./functions/inverse-trigonometric.js";
import { LOGARITHM } from "./functions/logarithm.js";
import { POWER } from "./functions/power.js";
import type { Template, Templates } from "./functions/template.js";
import { TRIGONOMETRIC } from "./functions/trigonometric.js";
import type { Width } from "./wgsl-expr.js";

export type Helper =
  | keyof typeof BITS
  | keyof typeof ARITHMETIC
  | keyof typeof EXPONENTIAL
  | keyof typeof LOGARITHM
  | keyof typeof POWER
  | keyof typeof TRIGONOMETRIC
  | keyof typeof INVERSE_TRIGONOMETRIC
  | keyof typeof HYPERBOLIC
  | keyof typeof ERROR_FUNCTION;

const HELPERS: Templates<Helper> = {
  ...BITS,
  ...ARITHMETIC,
  ...EXPONENTIAL,
  ...LOGARITHM,
  ...POWER,
  ...TRIGONOMETRIC,
  ...INVERSE_TRIGONOMETRIC,
  ...HYPERBOLIC,
  ...ERROR_FUNCTION,
};

const MENTION = /@(@?)(\w+)/g;

const TYPE_NAMES: Readonly<Record<string, readonly [string, string]>> = {
  F: ["f32", "vec4f"],
  I: ["i32", "vec4i"],
  U: ["u32", "vec4u"],
  B: ["bool", "vec4<bool>"],
};

/** What a kernel calls a helper. */
export function helperName(helper: string, width: Width): string {
  return width === 1 ? `weft_${helper}` : `weft_${helper}_x4`;
}

/**
 * The WGSL of the helpers with these names (as `helperName` gives them) and of all that they call, each once,
 * in an order that depends on nothing but the set.
 */
export function helperSource(names: ReadonlySet<string>): string {
  const needed = new Set<string>();
  const visit = (helper: string, width: Width): void => {
    const name = helperName(helper, width);
    if (needed.has(name)) return;
    needed.add(name);
    for (const [, scalar, callee] of templateOf(helper, width).matchAll(MENTION)) {
      visit(callee!, scalar ? 1 : width);
    }
  };
  const known = allHelpers();
  for (const { helper, width, name } of known) if (names.has(name)) visit(helper, width);

  return known
    .filter(({ name }) => needed.has(name))
    .map(({ helper, width }) => instantiate(templateOf(helper, width), width))
    .join("\n");
}

function allHelpers(): { readonly helper: string; readonly width: Width; readonly name: string }[] {
  const widths: readonly Width[] = [1, 4];
  return widths.flatMap((width) =>
    Object.keys(HELPERS).map((helper) => ({ helper, width, name: helperName(helper, width) })),
  );
}

function templateOf(helper: string, width: Width): string {
  const template = (HELPERS as Readonly<Record<string, Template>>)[helper];
  if (template === undefined) throw bug(`a WGSL helper ${helper} is asked for that does not exist`);
  return typeof template === "string" ? template : template[width === 1 ? 0 : 1];
}

function instantiate(template: string, width: Width): string {
  return template
    .trim()
    .replace(/\/\/.*$/gm, "")
    .replace(MENTION, (_, scalar: string, helper: string) => helperName(helper, scalar ? 1 : width))
    .replace(/\b[FIUB]\b/g, (type) => TYPE_NAMES[type]![width === 1 ? 0 : 1])
    .replace(/[ \t]+$/gm, "")
    .replace(/\n{2,}/g, "\n");
}
