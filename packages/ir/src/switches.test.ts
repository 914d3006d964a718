import { afterEach, describe, expect, test, vi } from "vitest";
import { readSwitch } from "./switches.js";

afterEach(() => {
  vi.unstubAllEnvs();
  vi.unstubAllGlobals();
});

describe("switches", () => {
  test("are off, empty or undefined where nobody set them", () => {
    vi.stubEnv("WEFT_VERIFY", undefined);
    vi.stubEnv("WEFT_DISABLE", undefined);
    vi.stubEnv("WEFT_DUMP", undefined);
    expect(readSwitch("WEFT_VERIFY")).toBe(false);
    expect(readSwitch("WEFT_DISABLE")).toEqual([]);
    expect(readSwitch("WEFT_DUMP")).toBeUndefined();
  });

  test("come from the environment in Node", () => {
    vi.stubEnv("WEFT_DISABLE", "cse, fold,");
    vi.stubEnv("WEFT_VERIFY", "1");
    vi.stubEnv("WEFT_DUMP", "out");
    expect(readSwitch("WEFT_DISABLE")).toEqual(["cse", "fold"]);
    expect(readSwitch("WEFT_VERIFY")).toBe(true);
    expect(readSwitch("WEFT_DUMP")).toBe("out");
  });

  test("come from the address of a page, where there is no process", () => {
    vi.stubGlobal("process", undefined);
    vi.stubGlobal("location", { search: "?weft=passes,wgsl&weft_verify=0&weft_stop_after=cse" });
    expect(readSwitch("WEFT_DEBUG")).toEqual(["passes", "wgsl"]);
    expect(readSwitch("WEFT_VERIFY")).toBe(false);
    expect(readSwitch("WEFT_STOP_AFTER")).toBe("cse");
  });

  test("refuse a stage or a pass that does not exist, naming those that do", () => {
    vi.stubEnv("WEFT_DISABLE", "cse, fuze");
    expect(() => readSwitch("WEFT_DISABLE")).toThrow(
      expect.objectContaining({
        code: "W1016",
        message: expect.stringContaining("canonicalize, fold") as string,
      }),
    );
    vi.stubEnv("WEFT_DISABLE", "expand-regions");
    expect(() => readSwitch("WEFT_DISABLE")).toThrow(expect.objectContaining({ code: "W1016" }));
    vi.stubEnv("WEFT_DEBUG", "1");
    expect(() => readSwitch("WEFT_DEBUG")).toThrowErrorMatchingInlineSnapshot(`
      [WeftError: error[W1016]: WEFT_DEBUG does not take "1"
         = hint: it takes trace, passes, fuse, wgsl, memory, time, nan]
    `);
  });

  test("are off where there is neither", () => {
    vi.stubGlobal("process", undefined);
    expect(readSwitch("WEFT_DEBUG")).toEqual([]);
  });
});
