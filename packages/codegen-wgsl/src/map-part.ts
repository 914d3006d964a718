import { type Index, type KernelGroup, type MapDomain } from "@weftjs/ir";
import { inLanes } from "./evaluator.js";
import { type KernelContext, type Part, PartWriter } from "./part.js";

/** One thread an element, or four neighbouring elements as a vector where their number divides. */
export function mapPart(context: KernelContext, kernel: KernelGroup): Part {
  const { count } = kernel.group.domain as MapDomain;
  const vectors = count % 4 === 0;
  const replacements = new Map<string, Index>(vectors ? [["g", inLanes("gq", count)]] : []);
  const writer = new PartWriter(context, kernel, [vectors ? "gq" : "g"], replacements);
  const threads = vectors ? count / 4 : count;
  const { lines } = writer.scope;
  lines.push(`if (t >= ${threads}) { return; }`, `let ${vectors ? "gq" : "g"} = t;`);
  for (const value of kernel.stores) lines.push(writer.evaluator.store(value, writer.placeOf(value)));
  return { spread: "threads", count: threads, body: lines, declarations: [] };
}
