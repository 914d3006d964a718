export { Runtime, type RuntimeOptions } from "./runtime.js";
export { type Ceilings, measureCeilings } from "./ceilings.js";
export type { TimedDispatch } from "./profiler.js";
export { Storage, type StorageKeeper, type StorageOrigin } from "./storage.js";
export type { Call } from "./call.js";
export { lostTooOften } from "./device-errors.js";
export type { DeviceInfo } from "./open-device.js";
export { type Claim, Reclamation } from "./reclamation.js";
export type { RuntimeStats } from "./stats.js";
export type {
  ArgumentForm,
  Constant,
  DeviceNeeds,
  InputSource,
  PlainValue,
  PrecompiledFunction,
  PrecompiledModule,
  ResultForm,
  Signature,
} from "./precompiled/module-data.js";
export { slotBytes } from "./slot-bytes.js";
