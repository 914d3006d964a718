export { matmulKernel } from "./kernel.js";
export { planMatmul, type MatmulPlan } from "./plan.js";
export type { MatmulKernel, MatmulOperand, MatmulView } from "./view.js";
