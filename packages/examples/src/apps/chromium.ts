import { existsSync } from "node:fs";
import type { Browser } from "playwright-core";

/** Where Debian and its kin install it; `WEFT_CHROMIUM` names another. */
export const CHROMIUM: string = process.env.WEFT_CHROMIUM ?? "/usr/bin/chromium";

export const hasChromium: boolean = existsSync(CHROMIUM);

/** A headless browser whose pages have WebGPU, on a software adapter. */
export async function openChromium(): Promise<Browser> {
  const { chromium } = await import("playwright-core");
  // The drivers that tests name for Node are not Chromium's, which brings its own.
  const { VK_DRIVER_FILES: _driver, LD_LIBRARY_PATH: _libraries, ...env } = process.env;
  return chromium.launch({
    executablePath: CHROMIUM,
    env: env as Record<string, string>, // of what is set
    args: [
      "--headless=new",
      "--no-sandbox",
      "--enable-unsafe-webgpu",
      "--use-webgpu-adapter=swiftshader",
      "--enable-features=Vulkan",
      "--use-vulkan=swiftshader",
      "--use-angle=swiftshader",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
}
