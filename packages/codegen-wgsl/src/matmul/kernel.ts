import type { Target } from "@weftjs/ir";
import { lanesKernel } from "./lanes.js";
import { planMatmul, type MatmulPlan } from "./plan.js";
import { registersKernel } from "./registers.js";
import { splitKernel } from "./split.js";
import { tilesKernel } from "./tiles.js";
import type { MatmulKernel, MatmulView } from "./view.js";

/** The kernel that computes a batch of matrix products and its epilogue, chosen for the sizes and the adapter. */
export function matmulKernel(
  view: MatmulView,
  target: Target,
  plan: MatmulPlan = planMatmul(view, target),
): MatmulKernel {
  switch (plan.kind) {
    case "registers":
      return registersKernel(view, plan, target);
    case "lanes":
      return lanesKernel(view, plan, target);
    case "tiles":
      return tilesKernel(view, plan, target);
    case "split":
      return splitKernel(view, plan, target);
    default:
      return plan satisfies never;
  }
}
