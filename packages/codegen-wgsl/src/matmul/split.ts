import type { Target } from "@weftjs/ir";
import { foldGrid } from "./grid.js";
import { lanesRunInner, type SplitPlan } from "./plan.js";
import { storeBlock } from "./store.js";
import type { MatmulKernel, MatmulView } from "./view.js";

/**
 * Few outputs of a long inner axis: a vector times a matrix, a dot product. Several threads of a workgroup share an
 * output, each sums the steps slice, slice + slices, …, and the partial sums are added pairwise. Neighbouring threads
 * are neighbours along the inner axis where memory is contiguous there, else along the outputs.
 */
export function splitKernel(view: MatmulView, plan: SplitPlan, target: Target): MatmulKernel {
  const { batch, m, n } = view;
  const { width, outputs, slices } = plan;
  const across = n / width;
  const count = batch * m * across;
  const grid = foldGrid(Math.ceil(count / outputs), target.maxWorkgroupsPerDimension);
  const threads = outputs * slices;
  const type = width === 4 ? "vec4f" : "f32";
  const runsInner = lanesRunInner(view);
  // Threads are numbered so that half of an output's slices is always a fixed distance away.
  const sliceStride = runsInner ? 1 : outputs;

  const wgsl = `${view.header}
var<workgroup> partials: array<${type}, ${threads}>;

@compute @workgroup_size(${threads})
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) local: u32) {
  let thread = i32(local);
  let slice = ${runsInner ? `thread % ${slices}` : `thread / ${outputs}`};
  let output = ${grid.index} * ${outputs} + ${runsInner ? `thread / ${slices}` : `thread % ${outputs}`};
  // Threads past the last output compute it again and store nothing: all must come to the barriers.
  let slot = min(output, ${count - 1});
  let batch = ${batch === 1 ? "0" : `slot / ${m * across}`};
  let row = slot / ${across}${batch === 1 ? "" : ` % ${m}`};
  let col = slot % ${across} * ${width};
  var sum0 = ${type}();
  ${sliceLoop(view, plan)}
  partials[thread] = sum0;
  for (var reach = ${Math.floor(slices / 2)}; reach > 0; reach /= 2) {
    workgroupBarrier();
    if (slice < reach) { partials[thread] += partials[thread + reach * ${sliceStride}]; }
  }
  if (slice > 0 || output >= ${count}) { return; }
  sum0 = partials[thread];
  ${storeBlock(view, {
    rows: 1,
    sum: () => "sum0",
    groups: 1,
    width,
    row: "row",
    col: "col",
    from: "0",
    to: "1",
    columnGuard: () => null,
  })}
}
`;
  return { wgsl, workgroups: grid.workgroups, variant: `split_${outputs}x${slices}` };
}

/** The steps of one slice: by fours where both operands can, else one by one. */
function sliceLoop({ a, b, k }: MatmulView, { width, slices }: SplitPlan): string {
  if (width === 1 && a.vec4Along === "col" && b.vec4Along === "row" && k % 4 === 0) {
    return `for (var inner = slice * 4; inner < ${k}; inner += ${slices * 4}) {
    sum0 += dot(vec4f(${a.vec4("batch", "row", "inner")}), vec4f(${b.vec4("batch", "inner", "col")}));
  }`;
  }
  const right =
    width === 4 ? `vec4f(${b.vec4("batch", "inner", "col")})` : `f32(${b.element("batch", "inner", "col")})`;
  return `for (var inner = slice; inner < ${k}; inner += ${slices}) {
    sum0 += f32(${a.element("batch", "row", "inner")}) * ${right};
  }`;
}
