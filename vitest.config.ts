import { tmpdir } from "node:os";
import { defaultServerConditions } from "vite";
import type { ViteUserConfig } from "vitest/config";

// Tests run on the sources of every package: nothing has to be built first.
const conditions = ["weft-source", ...defaultServerConditions];

const config: ViteUserConfig = {
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    include: ["packages/*/src/**/*.test.ts"],
    globalSetup: ["vitest.adapter.ts"],
    pool: "forks",
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    env: {
      // The same adapter on every machine; WEFT_TEST_ADAPTER=llvmpipe tests another.
      WEFT_ADAPTER: process.env.WEFT_TEST_ADAPTER ?? "swiftshader",
      WEFT_VERIFY: "1",
      // Without it, Vulkan's loader complains about it on every start.
      XDG_RUNTIME_DIR: process.env.XDG_RUNTIME_DIR ?? tmpdir(),
    },
    coverage: {
      include: ["packages/*/src/**/*.ts"],
      exclude: ["**/*.test.ts"],
      reporter: ["text-summary", "html"],
    },
  },
};

export default config;
