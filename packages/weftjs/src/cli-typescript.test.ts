import { spawnSync } from "node:child_process";
import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";

const root = fileURLToPath(new URL("../../../", import.meta.url));
let folder: string;

interface Outcome {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function node(...args: string[]): Outcome {
  return spawnSync(process.execPath, args, {
    cwd: folder,
    encoding: "utf8",
    env: { ...process.env, NO_COLOR: "1", WEFT_QUIET: "1" },
  });
}

const weft = (...args: string[]): Outcome => node(join(root, "packages/weftjs/bin/weft.js"), ...args);

const MODEL = `import { relu, type Tensor } from "weftjs/math";
import { half } from "./half.js";

export const f = (x: Tensor): Tensor =>
  half(relu(x) * 3 + 1);
`;

const HALF = `import type { Tensor } from "weftjs/math";
export const half = (x: Tensor): Tensor => x / 2;
`;

beforeAll(async () => {
  const { status, stdout, stderr } = spawnSync(process.execPath, ["scripts/build.mjs"], {
    cwd: root,
    encoding: "utf8",
  });
  expect(status, stdout + stderr).toBe(0);
  folder = await realpath(await mkdtemp(join(tmpdir(), "weft-cli-")));
  await mkdir(join(folder, "node_modules"));
  await symlink(join(root, "packages/weftjs"), join(folder, "node_modules/weftjs"), "junction");
  await writeFile(join(folder, "package.json"), '{ "type": "module" }');
  await writeFile(join(folder, "model.ts"), MODEL);
  await writeFile(join(folder, "half.ts"), HALF);
}, 120_000);

afterAll(() => rm(folder, { recursive: true }));

test("inspect loads TypeScript with operators, and shows its lines", () => {
  const { status, stdout, stderr } = weft(
    "inspect",
    "model.ts",
    "--fn",
    "f",
    "--args",
    "f32[2,3]",
    "--trace",
  );
  expect(status, stderr).toBe(0);
  for (const place of ["model.ts:5:8", "model.ts:5:", "half.ts:2:44"]) expect(stdout).toContain(place);
});

test("build writes modules that Node runs without the loader", async () => {
  const { status, stdout, stderr } = weft("build", "model.ts", "--out", "out");
  expect(status, stderr).toBe(0);
  expect(stdout.trim().split("\n").sort()).toEqual(["out/half.js", "out/model.js"]);
  await writeFile(
    join(folder, "run.js"),
    'import { tensor } from "weftjs";\nimport { f } from "./out/model.js";\nconsole.log(await f(tensor([-1, 1])).toArray());\n',
  );
  expect(node("run.js").stdout.trim()).toBe("[ 0.5, 2 ]");
});

test.each([
  ["no folder to write to", ["build", "model.ts"], "--out"],
  ["no file", ["build", "--out", "out"], "missing required argument"],
])("build with %s is bad usage", (_, args, message) => {
  const { status, stderr } = weft(...args);
  expect(status).toBe(2);
  expect(stderr).toContain(message);
});

test("check shows a mistake at its line and ends with 1; what is right ends with 0", async () => {
  expect(weft("check", "model.ts", "half.ts")).toMatchObject({ status: 0, stdout: "" });
  const wrong =
    'import { matmul, zeros } from "weftjs/math";\nexport const w = 1 + matmul(zeros([2, 3]), zeros([2, 3]));\n';
  await writeFile(join(folder, "wrong.ts"), wrong);
  const { status, stdout, stderr } = weft("check", "wrong.ts");
  expect(status, stderr).toBe(1);
  for (const part of ["error[W2004]", "--> wrong.ts:2:22", "2 | export const w", "^^^^^^", "f32[2,3]"])
    expect(stdout).toContain(part);
  expect(stderr).toContain("found 1 mistake in 1 file");
  expect(JSON.parse(weft("check", "wrong.ts", "--json").stdout)).toMatchObject([{ code: "W2004" }]);
}, 180_000);

test("check without a project says what it takes", () => {
  const { status, stderr } = weft("check", "nowhere");
  expect(status).toBe(1);
  expect(stderr).toContain("error[W5015]");
});

test.each(["build", "check", "inspect"])("%s --help tells what it does", (name) => {
  const { status, stdout } = weft(name, "--help");
  expect(status).toBe(0);
  expect(stdout).toMatch(/^Usage: weft \w+ .*\n\n\w.{20}/);
});
