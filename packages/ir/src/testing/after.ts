import type { Pass } from "../passes/pass.js";
import { parseGraph } from "../text/parse.js";
import { printGraph } from "../text/print.js";
import { verifyGraph } from "../text/verify.js";

/** IR text through one pass, verified, and back to text. */
export function after(pass: Pass, text: string): string {
  const graph = pass.run(parseGraph(text));
  verifyGraph(graph);
  return printGraph(graph);
}

/** Whether a pass leaves a graph alone, to the point of giving back the same object. */
export function leavesAlone(pass: Pass, text: string): boolean {
  const graph = parseGraph(text);
  return pass.run(graph) === graph;
}
