import { Tensor } from "../tensor.js";
import { visitLeaves } from "../tree/visit.js";

/** The names of a function's parameters, as far as its source text tells; destructured ones have none. */
export function parameterNames(f: (...args: never[]) => unknown): readonly string[] {
  const text = Function.prototype.toString.call(f);
  const bare = /^(?:async\s+)?([A-Za-z_$][\w$]*)\s*=>/.exec(text);
  if (bare) return [bare[1]!];
  const open = text.indexOf("(");
  if (open < 0) return [];
  return topLevelParts(text, open + 1).map((part) => /^[A-Za-z_$][\w$]*/.exec(part.trim())?.[0] ?? "");
}

/** The text between commas at depth 0, up to the closing bracket. */
function topLevelParts(text: string, start: number): string[] {
  const parts: string[] = [];
  let depth = 0;
  let from = start;
  for (let at = start; at < text.length; at++) {
    const char = text[at]!;
    if ("([{".includes(char)) depth++;
    else if (char === "," && depth === 0) {
      parts.push(text.slice(from, at));
      from = at + 1;
    } else if (")]}".includes(char) && --depth < 0) {
      if (text.slice(from, at).trim() !== "") parts.push(text.slice(from, at));
      break;
    }
  }
  return parts;
}

/** Names for the inputs of a trace: `w[0]` and `p.b` for what came in arguments, `captured0` for the rest. */
export function inputNames(
  inputs: readonly Tensor[],
  args: readonly unknown[],
  parameters: readonly string[],
): readonly string[] {
  const names = new Map<Tensor, string>();
  args.forEach((arg, k) => {
    visitLeaves(arg, (leaf, path) => {
      if (leaf instanceof Tensor && !names.has(leaf)) names.set(leaf, `${parameters[k] || `arg${k}`}${path}`);
    });
  });
  let captured = 0;
  return inputs.map((input) => names.get(input) ?? `captured${captured++}`);
}
