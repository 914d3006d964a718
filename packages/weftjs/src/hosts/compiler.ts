import { createRequire } from "node:module";
import type ts from "typescript";

/** TypeScript. `require` loads it three times as fast as `import`. */
export const compiler: typeof ts = createRequire(import.meta.url)("typescript") as typeof ts;
