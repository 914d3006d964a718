import { defineConfig } from "vitest/config";
import { weft } from "weftjs/vite";

export default defineConfig({ root: import.meta.dirname, plugins: [weft()] });
