// Makes a fresh clone ready with Node and npm alone: installs what the lockfile names, then builds.
// With `--install`, does not build.
// Imports nothing that is not in Node, because it runs before there is anything else.
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as workspace from "./workspace.mjs";

const [major, minor] = process.versions.node.split(".").map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  fail(`Weft needs Node 20.19 or newer; this is ${process.version}.`);
}
install();
if (!process.argv.includes("--install"))
  run(process.execPath, ["scripts/build.mjs"], "the build failed, see above");

function install() {
  const manifests = workspace.packageNames.map((name) => join(workspace.packageFolder(name), "package.json"));
  const inputs = ["package.json", "pnpm-lock.yaml", "pnpm-workspace.yaml"].map((file) =>
    join(workspace.root, file),
  );
  const platform = `${process.platform}-${process.arch}`;
  const stampFile = join(workspace.root, "node_modules/.weft-installed");
  const stamp = `${platform} ${workspace.fingerprint([...inputs, ...manifests])}`;
  if (workspace.readText(stampFile) === stamp) return;

  const { packageManager } = JSON.parse(readFileSync(join(workspace.root, "package.json"), "utf8"));
  const start = performance.now();
  console.log(`installing with ${packageManager}: about 420 MB on disk, less than a minute on a fast line`);
  run("npx", ["--yes", packageManager, "install", "--frozen-lockfile"], "the installation failed, see above");
  writeFileSync(stampFile, stamp);
  console.log(`installed in ${workspace.secondsSince(start)}`);
}

function run(command, args, failure) {
  const { status, error } = spawnSync(command, args, {
    cwd: workspace.root,
    stdio: "inherit",
    // npx is a batch file on Windows, which only a shell can start.
    shell: command === "npx" && process.platform === "win32",
  });
  if (status !== 0) fail(error ? `${failure}: ${error.message}` : failure);
}

function fail(message) {
  console.error(message);
  process.exit(1);
}
