import type { Graph, Node, Value } from "../graph.js";

/** What each value of a graph is called in text: `%x` for a parameter, `%0`, `%1`, … for what nodes define. */
export type ValueNames = (value: Value) => string;

/**
 * Numbers values in order; with `keepVariables` those that the user gave to a variable are called like it. Parameters keep the user's names, made safe and unique; with `keepNames` off they are
 * numbered too, so that equal graphs have equal text whatever their parameters are called.
 *
 * A value that the graph does not define is `%?`: broken graphs must print, because the verifier shows them.
 */
export function nameValues(graph: Graph, keepNames: boolean, keepVariables = false): ValueNames {
  const names = new Map<Value, string>();
  const taken = new Set<string>();
  graph.params.forEach((param, k) => {
    const wanted = (keepNames && param.name !== null && safeName(param.name)) || `p${k}`;
    names.set(param, uniqueName(wanted, taken));
  });
  const variables = keepVariables ? variablesOf(graph) : new Map<Node, string>();
  let count = 0;
  for (const node of graph.nodes) {
    const variable = variables.get(node);
    for (const output of node.outputs) {
      names.set(output, variable ? uniqueName(variable, taken) : String(count++));
    }
  }
  return (value) => `%${names.get(value) ?? "?"}`;
}

/** The user's variables, each at the last of the nodes that its value was computed by. */
function variablesOf(graph: Graph): ReadonlyMap<Node, string> {
  const lastAt = new Map<string, Node>();
  for (const node of graph.nodes) {
    const { location } = node;
    if (location?.name) lastAt.set(`${location.file}:${location.line}:${location.column}`, node);
  }
  return new Map([...lastAt.values()].map((node) => [node, safeName(node.location!.name!)]));
}

/** Letters, digits, `_` and `.` alone, not starting with a digit; empty where nothing is left. */
export function safeName(name: string): string {
  const safe = name.replace(/[^A-Za-z0-9_.]+/g, "_");
  return /^[A-Za-z_]/.test(safe) || safe === "" ? safe : `_${safe}`;
}

function uniqueName(wanted: string, taken: Set<string>): string {
  let name = wanted;
  for (let k = 1; taken.has(name); k++) name = `${wanted}_${k}`;
  taken.add(name);
  return name;
}
