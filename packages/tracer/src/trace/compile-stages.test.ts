import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Graph, parseGraph, printGraph, Value } from "@weftjs/ir";
import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { init, inspect, jit, type Report, type Tensor, tensor } from "../index.js";
import { Computation } from "./computation.js";

beforeAll(async () => void (await init({ device: "cpu" })));

let said: string[] = [];
beforeEach(() => {
  said = [];
  vi.spyOn(console, "error").mockImplementation((text: string) => void said.push(text));
});
afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

/** Each call compiles a graph that no call before it has compiled. */
let size = 100;
function compileOnce(): Promise<Report> {
  const twice = (x: Tensor): Tensor => x.exp().add(x.exp()).mul(1);
  return inspect(jit(twice), tensor(new Float32Array(++size)));
}

function headings(): string[] {
  return said.map((text) => text.split("\n")[0]!);
}

describe("WEFT_DEBUG", () => {
  test("says nothing where it is not set", async () => {
    await compileOnce();
    expect(said).toEqual([]);
  });

  test("trace prints what was recorded, with source lines", async () => {
    vi.stubEnv("WEFT_DEBUG", "trace");
    await compileOnce();
    expect(said[0]).toMatch(
      /^weft trace: twice\ngraph twice\(%x: f32\[\d+\]\) \{\n.*exp %x +\/\/ .*test\.ts:\d+/,
    );
  });

  test("passes prints the graph behind each pass that changed it", async () => {
    vi.stubEnv("WEFT_DEBUG", "passes");
    const { optimized } = await compileOnce();
    expect(headings()).toEqual(["weft passes: twice after cse", "weft passes: twice after simplify-algebra"]);
    expect(said.at(-1)).toContain(optimized);
  });

  test("fuse, wgsl, memory and time print kernels, shaders, buffers and milliseconds", async () => {
    vi.stubEnv("WEFT_DEBUG", "fuse, wgsl, memory, time");
    const { wgsl, memory } = await compileOnce();
    const texts = said.map((text) => text.replaceAll(String(size), "N").replace(/\d+\.\d+ ms/, "… ms"));
    expect(texts).toEqual([
      "weft time: twice passes … ms",
      "weft time: twice fuse … ms",
      "weft fuse: twice\n0: map N { exp add } (f32[N]) -> f32[N]",
      "weft time: twice wgsl … ms",
      `weft wgsl: twice\n${wgsl.replaceAll(String(size), "N")}`,
      `weft memory: twice\n${memory.replaceAll(String(size), "N")}`,
    ]);
  });
});

describe("the compiler", () => {
  test("leaves out the passes in WEFT_DISABLE", async () => {
    vi.stubEnv("WEFT_DISABLE", "cse");
    expect((await compileOnce()).optimized.match(/exp/g)).toHaveLength(2);
  });

  test("makes a kernel an op without fuse", async () => {
    vi.stubEnv("WEFT_DISABLE", "fuse");
    expect((await compileOnce()).dispatches).toBe(2);
  });

  test("stops after the pass in WEFT_STOP_AFTER", async () => {
    vi.stubEnv("WEFT_STOP_AFTER", "cse");
    const { optimized, dispatches } = await compileOnce();
    expect(optimized).toContain("multiply");
    expect(dispatches).toBe(1);
  });

  test("refuses a pass that does not exist", async () => {
    vi.stubEnv("WEFT_STOP_AFTER", "czs");
    await expect(compileOnce()).rejects.toMatchObject({ code: "W1016" });
  });

  test("checks the graph under WEFT_VERIFY", () => {
    const broken = new Graph("broken", [], [], [new Value({ dtype: "float32", shape: [1] }, 0)]);
    vi.stubEnv("WEFT_VERIFY", "1");
    expect(() => new Computation("broken", broken, true).optimized()).toThrow(
      expect.objectContaining({ code: "W2999" }),
    );
  });

  test("writes every stage under WEFT_DUMP, numbered, as text that parses back", async () => {
    const directory = mkdtempSync(join(tmpdir(), "weft-dump-"));
    vi.stubEnv("WEFT_DUMP", directory);
    const { optimized, wgsl } = await compileOnce();
    const [folder] = readdirSync(directory);
    expect(folder).toMatch(/^twice-[0-9a-f]{8}$/);
    const read = (file: string): string => readFileSync(join(directory, folder!, file), "utf8").trimEnd();
    const files = readdirSync(join(directory, folder!)).sort();
    expect(files).toEqual([
      "0-trace.ir",
      "1-01-cse.ir",
      "1-02-simplify-algebra.ir",
      "2-split.ir",
      "3-kernels.txt",
      "4-shaders.wgsl",
      "5-memory.txt",
    ]);
    for (const file of files.filter((name) => name.endsWith(".ir"))) {
      expect(printGraph(parseGraph(read(file)))).toBeTruthy();
    }
    expect(read("1-02-simplify-algebra.ir")).toBe(optimized);
    expect(read("4-shaders.wgsl")).toBe(wgsl);
    rmSync(directory, { recursive: true });
  });
});
