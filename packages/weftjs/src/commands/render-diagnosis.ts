import type { DeviceInfo } from "@weftjs/runtime";
import color from "picocolors";
import type { Diagnosis } from "./diagnosis.js";

const FOUND_AS: Readonly<Record<DeviceInfo["foundAs"], string>> = {
  system: "a driver of this system",
  embedded: "the embedded SwiftShader, from the npm package @sparticuz/chromium",
  browser: "navigator.gpu",
  given: "the program that uses Weft",
};

/** The limits that decide what Weft can do, and what each is for. */
const LIMITS: readonly (readonly [name: string, meaning: string])[] = [
  ["maxBufferSize", "bytes in a tensor"],
  ["maxStorageBufferBindingSize", "bytes that one kernel sees of a tensor"],
  ["maxStorageBuffersPerShaderStage", "tensors in a kernel"],
  ["maxComputeInvocationsPerWorkgroup", "threads in a workgroup"],
  ["maxComputeWorkgroupStorageSize", "bytes that a workgroup shares"],
  ["maxComputeWorkgroupsPerDimension", "workgroups in one dimension"],
];

const LABEL_WIDTH = 12;

export function renderDiagnosis(diagnosis: Diagnosis): string {
  const { weft, node, platform, device, cache, environment, advice } = diagnosis;
  const settings = Object.entries(environment).map(([name, value]) => `${name}=${value}`);
  return [
    verdict(diagnosis),
    "",
    line("weft", weft),
    line("Node", `${node}, ${platform}`),
    line("cache", cache ?? "none can be written"),
    line("environment", settings.join("  ") || "nothing set"),
    ...(device ? deviceLines(device) : noDeviceLines(diagnosis)),
    ...(advice.length > 0 ? ["", ...advice] : []),
  ].join("\n");
}

function verdict({ works, firstResult, failure }: Diagnosis): string {
  if (!works) return color.red(`✗ Weft does not work here\n${failure}`);
  return color.green(`✓ Weft works here: first result after ${Math.round(firstResult!)} ms`);
}

function noDeviceLines({ works }: Diagnosis): string[] {
  return works
    ? ["", line("runs on", "the reference interpreter: slow, exact, no shaders (WEFT_DEVICE=cpu)")]
    : [];
}

function deviceLines(device: DeviceInfo): string[] {
  const { name, vendor, architecture, software, features, limits, foundAs } = device;
  const maker = [vendor, architecture].filter(Boolean).join(", ");
  return [
    "",
    line("adapter", `${color.bold(name)}${maker ? ` (${maker})` : ""}`),
    line("runs on", software ? "the CPU: a software adapter" : "a GPU"),
    line("found as", FOUND_AS[foundAs]),
    line("features", features.join(", ") || "none"),
    "limits",
    ...LIMITS.map(([limit, meaning]) => {
      const value = (limits[limit] ?? 0).toLocaleString("en").padStart(15);
      return `  ${value}  ${meaning} ${color.dim(`(${limit})`)}`;
    }),
  ];
}

function line(label: string, text: string): string {
  return `${label.padEnd(LABEL_WIDTH)}  ${text}`;
}
