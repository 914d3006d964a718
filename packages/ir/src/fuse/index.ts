export {
  type AttentionDomain,
  type Bundle,
  type Domain,
  fullCount,
  fullLinear,
  type Group,
  type Homes,
  type KernelGroup,
  type LoopDomain,
  type MapDomain,
  type MatmulDomain,
  type Place,
  type RowDomain,
  type ScatterDomain,
  type Schedule,
  rowPosition,
} from "./group.js";
export { elementInMemory, tensorOf } from "./assemblies.js";
export * from "./index-expr.js";
export { type MemoryPlan, planMemory } from "./memory-plan.js";
export { bundleCost } from "./cost.js";
export { basesOf } from "./fuse.js";
export { indexOfRows, loopOf } from "./lower-loops.js";
export { movementSources, readsOf } from "./reads.js";
export { printSchedule } from "./print-schedule.js";
export { scheduleGraph, type ScheduleOptions } from "./schedule.js";
