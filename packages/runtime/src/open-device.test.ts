import { afterEach, expect, test, vi } from "vitest";
import { findAdapter } from "./find-adapter.js";
import { openDevice } from "./open-device.js";

afterEach(() => vi.unstubAllGlobals());

/** As in a browser whose WebGPU gives this adapter. */
async function openWith(adapter: object | null): Promise<unknown> {
  vi.stubGlobal("navigator", { gpu: { requestAdapter: async () => adapter } });
  return openDevice(await findAdapter({ powerPreference: "high-performance", quiet: true }));
}

test("a browser without an adapter is W4001, with the ways to one", async () => {
  await expect(openWith(null)).rejects.toThrowErrorMatchingInlineSnapshot(`
    [WeftError: error[W4001]: no WebGPU adapter was found
       = note: tried navigator.gpu
       = hint: in Node: install a Vulkan driver (any GPU's, or mesa-vulkan-drivers 23 or newer for the CPU), or \`@sparticuz/chromium\` and \`koffi\` for the embedded SwiftShader (Linux x64); VK_DRIVER_FILES names a driver file; WEFT_ADAPTER=swiftshader asks for the embedded one. In a browser: one with WebGPU, on https or localhost]
  `);
});

test("an adapter that claims everything and computes nothing counts as none", async () => {
  await expect(openWith({ info: { device: "null-backend" } })).rejects.toMatchObject({ code: "W4001" });
});

test("an adapter that gives no device is W4002, with the driver's reason", async () => {
  const adapter = {
    info: { description: "Old GPU" },
    features: new Set(),
    limits: {},
    requestDevice: () => Promise.reject(new Error("Vulkan 1.1 is needed")),
  };
  await expect(openWith(adapter)).rejects.toThrowErrorMatchingInlineSnapshot(`
    [WeftError: error[W4002]: the adapter Old GPU gave no device: Vulkan 1.1 is needed
       = hint: a driver that is too old is refused; update it, or choose another adapter with WEFT_ADAPTER]
  `);
});
