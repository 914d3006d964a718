import { expect, test } from "vitest";
import { findFunction, loadModule } from "./load-module.js";

const f = (): void => {};

test("a function is found by its name, also inside an exported object", () => {
  expect(findFunction({ f }, "f", "m")).toBe(f);
  expect(findFunction({ model: { f } }, "model.f", "m")).toBe(f);
});

test("a name that is no function is W5011 and tells what there is", () => {
  for (const name of ["g", "model", "model.g.h", "toString"]) {
    const find = (): unknown => findFunction({ f, model: { f } }, name, "m");
    expect(find, name).toThrow(expect.objectContaining({ code: "W5011" }));
    expect(find).toThrow("it exports f");
  }
});

test("a module that is not there is W5010", async () => {
  await expect(loadModule("./no-such-file.js")).rejects.toMatchObject({ code: "W5010" });
});
