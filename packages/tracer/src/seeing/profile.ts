import { type Ceilings, measureCeilings, type Runtime } from "@weftjs/runtime";
import { executor, init, sync } from "../device/current.js";
import { WebGpuExecutor } from "../device/webgpu-executor.js";
import { userError } from "../trace/user-error.js";
import { Profile } from "./profile-report.js";
import { stats } from "./stats.js";

let isRunning = false;
const ceilings = new WeakMap<Runtime, Promise<Ceilings | undefined>>();

/**
 * Runs `body` once and times every kernel that it made the GPU run, by the GPU's own clock: milliseconds, bytes,
 * GFLOP/s, and the share of what this adapter can do (its roof is measured at the first profile, in about a tenth of a
 * second). `body` may be async, and its work is waited for. Each kernel gets a pass of its own meanwhile, so the whole
 * takes longer than otherwise. Call what you profile once before, or its compilation is in `wallMs`.
 *
 * @throws W4054 on the cpu device, or while another profile is taken; whatever `body` throws.
 */
export async function profile(body: () => unknown): Promise<Profile> {
  await init();
  const device = executor();
  if (!(device instanceof WebGpuExecutor)) throw cannotProfile("the cpu device runs no kernels");
  if (isRunning) throw cannotProfile("another profile is being taken");
  isRunning = true;
  try {
    return await measure(device.runtime, body);
  } finally {
    isRunning = false;
  }
}

async function measure(runtime: Runtime, body: () => unknown): Promise<Profile> {
  await sync();
  const roof = ceilings.get(runtime) ?? measureCeilings(runtime);
  ceilings.set(runtime, roof);
  const measured = await roof;
  const { submits } = stats();
  runtime.startProfile();
  const start = performance.now();
  let wallMs = 0;
  let isDone = false;
  try {
    await body();
    await sync();
    wallMs = performance.now() - start;
    isDone = true;
  } finally {
    // Of a body that failed there is nothing to tell, and its device may be gone.
    if (!isDone) await runtime.stopProfile().catch(() => undefined);
  }
  return new Profile({
    device: runtime.info!.name,
    dispatches: await runtime.stopProfile(),
    submits: stats().submits - submits,
    wallMs,
    ceilings: measured,
  });
}

function cannotProfile(reason: string): Error {
  return userError({
    code: "W4054",
    message: `nothing can be profiled: ${reason}`,
    hint: "profile on a GPU or a software adapter, one thing at a time",
  });
}
