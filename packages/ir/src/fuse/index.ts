export {
  type AttentionDomain,
  type Domain,
  fullCount,
  fullLinear,
  type Group,
  type MapDomain,
  type MatmulDomain,
  type Place,
  type RowDomain,
  type ScatterDomain,
  rowPosition,
} from "./group.js";
export { elementInMemory, type Homes, tensorOf } from "./assemblies.js";
export * from "./index-expr.js";
export { type MemoryPlan, planMemory } from "./memory-plan.js";
export { bundleCost } from "./cost.js";
export { basesOf } from "./fuse.js";
export type { KernelGroup } from "./materialise.js";
export { movementSources, readsOf } from "./reads.js";
export { printSchedule } from "./print-schedule.js";
export { type Bundle, type Schedule, scheduleGraph, type ScheduleOptions } from "./schedule.js";
