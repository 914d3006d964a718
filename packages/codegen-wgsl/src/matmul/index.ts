export { matmulKernel } from "./kernel.js";
export type { FixedRead, MatmulKernel, MatmulOperand } from "./view.js";
