import type { Shape } from "@weftjs/ir";
import { userError } from "../trace/user-error.js";

/** A formula, with a label for each axis of each operand and of the result. */
interface EinsumFormula {
  readonly inputs: readonly (readonly string[])[];
  readonly result: readonly string[];
}

/** Labels of axes are letters; those behind `...` are `.0` for the last, `.1` for the one before it, and so on. @throws W2110 */
export function parseEinsum(formula: string, shapes: readonly Shape[]): EinsumFormula {
  const misfit = (hint: string): Error => misfitOf(formula, shapes, hint);
  const [left = "", right, ...more] = formula.replaceAll(" ", "").split("->");
  const terms = left.split(",");
  if (terms.length !== shapes.length || more.length > 0)
    throw misfit(`one group of letters for each operand: here ${shapes.length}`);
  if (![...terms, right ?? ""].every((term) => /^[A-Za-z]*(\.\.\.)?[A-Za-z]*$/.test(term)))
    throw misfit('letters, at most one "..." in an operand, and one arrow: "...ij,jk->...ik"');
  const inputs = terms.map((term, k) => {
    const hidden = shapes[k]!.length - term.replace("...", "").length;
    if (hidden < 0 || (hidden > 0 && !term.includes("...")))
      throw misfit(
        `one letter for each axis, or "..." for those without: operand ${k} has ${shapes[k]!.length}`,
      );
    return labelsOf(term, hidden);
  });
  checkSizes(inputs, shapes, misfit);

  const hidden = Math.max(0, ...inputs.map((labels) => labels.filter(isHidden).length));
  const result = labelsOf(right ?? impliedResult(terms), hidden);
  const unknown = result.find((label) => !inputs.some((labels) => labels.includes(label)));
  if (unknown) throw misfit(`no operand has the "${unknown}" of the result`);
  const twice = result.find((label, k) => result.indexOf(label) < k);
  if (twice) throw misfit(`the result has "${twice}" twice: multiply by eye to put it on a diagonal`);
  return { inputs, result };
}

const isHidden = (label: string): boolean => label.startsWith(".");

function labelsOf(term: string, hidden: number): string[] {
  const [before = "", after] = term.split("...");
  if (after === undefined) return [...before];
  return [...before, ...Array.from({ length: hidden }, (_, k) => `.${hidden - 1 - k}`), ...after];
}

function impliedResult(terms: readonly string[]): string {
  const letters = terms.join("").replaceAll(".", "");
  const once = [...letters].filter((letter) => letters.indexOf(letter) === letters.lastIndexOf(letter));
  return (terms.some((term) => term.includes("...")) ? "..." : "") + once.sort().join("");
}

function checkSizes(
  inputs: EinsumFormula["inputs"],
  shapes: readonly Shape[],
  misfit: (hint: string) => Error,
): void {
  const sizes = new Map<string, number>();
  for (const [k, labels] of inputs.entries()) {
    for (const [axis, label] of labels.entries()) {
      const size = shapes[k]![axis]!;
      const known = sizes.get(label) ?? size;
      const fits = known === size || (isHidden(label) && (known === 1 || size === 1));
      if (!fits)
        throw misfit(isHidden(label) ? 'axes behind "..." broadcast' : `"${label}" is ${known} and ${size}`);
      sizes.set(label, known === 1 ? size : known);
    }
  }
}

function misfitOf(formula: string, shapes: readonly Shape[], hint: string): Error {
  return userError({
    code: "W2110",
    message: `einsum "${formula}" does not fit ${shapes.map((shape) => `[${shape.join(",")}]`).join(" and ") || "no operand"}`,
    hint,
  });
}
