import { defineConfig } from "vite";
import { weft } from "weftjs/vite";

export default defineConfig({
  root: import.meta.dirname,
  base: "./",
  plugins: [weft()],
  // `using` and top-level await are left to the browser, which knows them if it knows WebGPU.
  build: { target: "esnext", sourcemap: true },
});
