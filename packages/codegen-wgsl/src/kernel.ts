import {
  type Bundle,
  bug,
  type Kernel,
  type KernelGroup,
  type Schedule,
  type SourceLocation,
  type Target,
  type Value,
} from "@weftjs/ir";
import { attentionPart } from "./attention/index.js";
import { Bindings, type BoundValues, DECLARATIONS, type Place } from "./bindings.js";
import { directivesOf } from "./directives.js";
import { mapPart } from "./map-part.js";
import { matmulShader } from "./matmul-part.js";
import type { KernelContext, Part } from "./part.js";
import { ROW_THREADS, rowPart } from "./row-part.js";
import { scatterPart } from "./scatter-part.js";
import { helperSource } from "./scalar/index.js";
import { indent, NameSource } from "./scope.js";

/** The code of one kernel without its declarations, and how to run it. */
export interface EmittedKernel {
  readonly name: string;
  /** With `DECLARATIONS` where those are to stand. */
  readonly code: string;
  readonly bindings: Bindings;
  readonly workgroups: readonly [number, number, number];
  /** The value that each binding holds; null: the call's numbers. */
  readonly bound: readonly (Value | null)[];
  readonly locations: readonly SourceLocation[];
}

/** The WGSL of a bundle of groups. */
export function emitKernel(
  bundle: Bundle,
  { graph, homes }: Schedule,
  rows: BoundValues["rows"],
  target: Target,
): EmittedKernel {
  const bindings = new Bindings({ params: graph.params, rows });
  const needed = new Set<string>();
  const context: KernelContext = {
    target,
    bindings,
    names: new NameSource(),
    homes,
    need: (helper) => void needed.add(helper),
  };
  const [first, ...others] = bundle.kernels;
  const isContraction = first!.group.domain.kind === "matmul";
  if (isContraction && others.length > 0) throw bug("a contraction shares no dispatch");
  const { wgsl, workgroups } = isContraction
    ? matmulShader(context, first!, () => helperSource(needed))
    : partsShader(
        context,
        bundle.kernels.map((kernel) => part(context, kernel)),
        () => helperSource(needed),
      );
  const { order } = bindings;
  return {
    name: kernelName(bundle),
    code: wgsl,
    bindings,
    workgroups,
    bound: order,
    locations: locationsOf(bundle),
  };
}

/** The whole kernel, with a place for each of its tensors. */
export function kernelText(
  { name, code, bindings, locations }: EmittedKernel,
  places: readonly Place[],
): Kernel {
  const isMoving = places.some((place) => "word" in place);
  return {
    name,
    wgsl: finished(code.replace(DECLARATIONS, () => bindings.declarations(places))),
    bindings: isMoving ? [...bindings.accesses, "places"] : bindings.accesses,
    locations,
  };
}

/** Directives stand before everything else; lines are indented by their braces, for those who read the shader. */
function finished(wgsl: string): string {
  let depth = 0;
  const lines = wgsl.split("\n").map((line) => {
    const text = line.trim();
    const opens = text.split("{").length - text.split("}").length;
    const indented = "  ".repeat(Math.max(0, text.startsWith("}") ? depth - 1 : depth)) + text;
    depth += opens;
    return text === "" ? "" : indented;
  });
  return [...directivesOf(wgsl), ...lines].join("\n").replaceAll(/\n{3,}/g, "\n\n");
}

function part(context: KernelContext, kernel: KernelGroup): Part {
  switch (kernel.group.domain.kind) {
    case "map":
      return mapPart(context, kernel);
    case "row":
      return rowPart(context, kernel);
    case "scatter":
      return scatterPart(context, kernel);
    case "attention":
      return attentionPart(context, kernel);
    default:
      throw bug("this group is no part of a kernel");
  }
}

/** Threads in a workgroup of the kernels that need no more than that. */
const THREADS = ROW_THREADS;

/** Parts side by side in one dispatch: each has its own range of workgroups. */
function partsShader(
  context: KernelContext,
  parts: readonly Part[],
  helpers: () => string,
): { wgsl: string; workgroups: [number, number, number] } {
  const sizes = parts.map(({ spread, count }) => (spread === "threads" ? Math.ceil(count / THREADS) : count));
  const total = sizes.reduce((sum, size) => sum + size, 0);
  const workgroups = fold(total, context.target.maxWorkgroupsPerDimension);
  const bodies = parts.map(({ body }, k) => `fn part${k}(t: i32, lid: i32) {\n${indent(body)}\n}`);
  const calls = partCalls(parts, sizes);
  const wgsl = `${DECLARATIONS}
${parts.flatMap(({ declarations }) => declarations).join("\n")}
${helpers()}
${bodies.join("\n\n")}

@compute @workgroup_size(${THREADS})
fn main(@builtin(workgroup_id) workgroup: vec3<u32>, @builtin(local_invocation_index) local: u32) {
  let group = i32(workgroup.x + workgroup.y * ${workgroups[0]}u);
  let lid = i32(local);
${indent(calls)}
}
`;
  return { wgsl, workgroups };
}

function partCalls(parts: readonly Part[], sizes: readonly number[]): string[] {
  let start = 0;
  return parts.map(({ spread }, k) => {
    const from = start;
    start += sizes[k]!;
    const group = from === 0 ? "group" : `(group - ${from})`;
    const t = spread === "threads" ? `${group} * ${THREADS} + lid` : group;
    const call = `part${k}(${t}, lid);`;
    if (parts.length === 1) return call;
    return `${k === 0 ? "" : "else "}if (group < ${start}) { ${call} }`;
  });
}

/** A one-dimensional grid as two dimensions where it passes the limit of one. */
function fold(total: number, limit: number): [number, number, number] {
  if (total <= limit) return [Math.max(1, total), 1, 1];
  const rows = Math.ceil(total / limit);
  return [Math.ceil(total / rows), rows, 1];
}

/** Made of op names, which are ours or checked: never of what a user wrote. */
function kernelName(bundle: Bundle): string {
  const names = bundle.kernels.map(({ group, nodes }) => {
    const ops = nodes.map(({ op }) => op.name.replaceAll(/[^A-Za-z0-9_]/g, "_"));
    const shown = [...new Set(ops)].filter((name) => name !== group.domain.kind).slice(0, 5);
    return [group.domain.kind, ...shown].join("_");
  });
  return names.slice(0, 3).join("__") + (names.length > 3 ? `__and_${names.length - 3}` : "");
}

function locationsOf(bundle: Bundle): SourceLocation[] {
  const all = bundle.kernels.flatMap(({ nodes }) => nodes.flatMap(({ location }) => location ?? []));
  const byText = new Map(
    all.map((location) => [`${location.file}:${location.line}:${location.column}`, location]),
  );
  return [...byText.values()].slice(0, 16);
}
