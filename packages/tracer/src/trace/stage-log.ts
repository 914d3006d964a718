import { readSwitch } from "@weftjs/ir";

type DebugStage = "trace" | "passes" | "fuse" | "wgsl" | "memory" | "time";

/** Says what the compiler does to one graph, as far as the switches ask for it; texts are made only then. */
export class StageLog {
  private readonly stages = readSwitch("WEFT_DEBUG");
  private readonly folder: string | null;

  /** `key` tells graphs of one name apart, and is the same in every run. */
  constructor(
    private readonly name: string,
    key: string,
  ) {
    const directory = readSwitch("WEFT_DUMP");
    // A name is the user's, and may hold anything.
    const safeName = name.replaceAll(/[^A-Za-z0-9_]+/g, "_").slice(0, 40);
    this.folder = directory ? `${directory}/${safeName || "anonymous"}-${key}` : null;
  }

  /** `WEFT_DEBUG=stage`: on stderr, under a heading. */
  print(stage: DebugStage, text: () => string, detail = ""): void {
    if (this.stages.includes(stage)) console.error(`${this.heading(stage, detail)}\n${text()}`);
  }

  /** `WEFT_DEBUG=time`. */
  time<T>(stage: DebugStage, run: () => T): T {
    if (!this.stages.includes("time")) return run();
    const start = performance.now();
    const result = run();
    console.error(`${this.heading("time", stage)} ${(performance.now() - start).toFixed(2)} ms`);
    return result;
  }

  /** `WEFT_DUMP`: a file of the graph's folder. Does nothing in a page, which has no files. */
  dump(file: string, text: () => string): void {
    if (this.folder === null) return;
    const fs = (globalThis.process as NodeProcess | undefined)?.getBuiltinModule?.("node:fs");
    fs?.mkdirSync(this.folder, { recursive: true });
    fs?.writeFileSync(`${this.folder}/${file}`, `${text()}\n`);
  }

  private heading(stage: DebugStage, detail: string): string {
    return ["weft", `${stage}:`, this.name || "anonymous", detail].join(" ").trimEnd();
  }
}

interface NodeProcess {
  getBuiltinModule?(name: "node:fs"): FileSystem | undefined;
}

interface FileSystem {
  mkdirSync(path: string, options: { readonly recursive: true }): unknown;
  writeFileSync(path: string, text: string): void;
}
