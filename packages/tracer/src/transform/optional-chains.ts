import type ts from "typescript";
import { isNamed } from "./assignments.js";
import { CHANGING_METHODS } from "./changing-methods.js";
import { exitsOf } from "./exits.js";
import { replace, type Rewriting, wrap } from "./rewriting.js";
import { syntax } from "./syntax.js";
import { outermost } from "./targets.js";

/** One step of `a?.b[i](c)`, from the first `?.` on. */
type Step =
  ts.PropertyAccessExpression | ts.ElementAccessExpression | ts.CallExpression | ts.NonNullExpression;

/**
 * `a?.[i].b` becomes `runtime.optional(a, ($value) => runtime.element($value, i, site).b)`, because a tensor has no properties
 * that are its elements. Chains that read no elements, and change nothing that stands in their middle, stay.
 */
export function rewriteChain(rewriting: Rewriting, node: ts.Node): void {
  if (!isStep(node) || !isLink(node)) return;
  const chain = chainAround(node);
  if (!isTaken(chain)) return refuseElements(rewriting, node, chain);
  const { edit, source, runtime, parameter } = rewriting;
  const last = chain.indexOf(node);
  const first = chain.slice(0, last).findLastIndex(isLink) + 1;
  const openings = chain.slice(first, last + 1).map((step) => {
    const changing = changerOf(step) ? `${runtime}.changing(` : "";
    return changing + (isElementRead(step) ? `${runtime}.element(` : "");
  });
  edit.appendRight(node.expression.getStart(source), `${runtime}.optional(`);
  const dot = node.questionDotToken!.getStart(source);
  const access = syntax.isPropertyAccessExpression(node) ? "." : "";
  replace(rewriting, dot, dot + 2, `, (${parameter}) => ${openings.join("")}${parameter}${access}`);
  edit.prependLeft(chain[first]!.end, ")");
}

/** Whether the chain around a node becomes functions, in which its steps begin. */
export function isInTakenChain(node: ts.Node): boolean {
  return isStep(node) && isInChain(node) && isTaken(chainAround(node));
}

export function isInChain(node: ts.Node): boolean {
  return (node.flags & syntax.NodeFlags.OptionalChain) !== 0;
}

/** The steps, the last first. */
function chainAround(node: Step): readonly Step[] {
  let last: ts.Node = node;
  while (isStep(last.parent) && last.parent.expression === last && isInChain(last.parent)) last = last.parent;
  const chain: Step[] = [];
  for (let at: ts.Node = last; isStep(at) && isInChain(at); at = at.expression) chain.push(at);
  return chain;
}

function isTaken(chain: readonly Step[]): boolean {
  if (!chain.some((step) => isElementRead(step) || changerOf(step))) return false;
  // A call knows its object as `this`.
  if (chain.some((step) => syntax.isCallExpression(step) && isLink(step))) return false;
  const { awaits, yields } = exitsOf(...chain.flatMap(operandsOf));
  return !awaits && !yields && !syntax.isDeleteExpression(outermost(chain[0]!).parent);
}

function operandsOf(step: Step): readonly ts.Node[] {
  if (syntax.isElementAccessExpression(step)) return [step.argumentExpression];
  return syntax.isCallExpression(step) ? step.arguments : [];
}

function isStep(node: ts.Node): node is Step {
  return (
    syntax.isPropertyAccessExpression(node) ||
    syntax.isElementAccessExpression(node) ||
    syntax.isCallExpression(node) ||
    syntax.isNonNullExpression(node)
  );
}

function isLink(step: Step): step is Exclude<Step, ts.NonNullExpression> {
  return !syntax.isNonNullExpression(step) && step.questionDotToken !== undefined;
}

function isElementRead(step: Step): step is ts.ElementAccessExpression {
  if (!syntax.isElementAccessExpression(step) || isNamed(step)) return false;
  return !(syntax.isCallExpression(step.parent) && step.parent.expression === step);
}

/** The name of a method that changes what the step gives. */
function changerOf(step: Step): string | undefined {
  const { parent } = step;
  if (!syntax.isPropertyAccessExpression(parent) || parent.expression !== step) return undefined;
  if (!syntax.isCallExpression(parent.parent) || parent.parent.expression !== parent) return undefined;
  return CHANGING_METHODS.has(parent.name.text) ? parent.name.text : undefined;
}

function refuseElements(rewriting: Rewriting, node: Step, chain: readonly Step[]): void {
  if (!isElementRead(node) || node !== chain.at(-1)) return;
  wrap(rewriting, node.expression, `${rewriting.runtime}.decide(`, `, "chain", ${rewriting.site(node)})`);
}
