// Every check that needs no run of the code: one line each, with its time. `check types lint` runs those two.
import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { root, secondsSince } from "./workspace.mjs";

const steps = {
  types: [binary("typescript", "tsc"), "--project", "tsconfig.json", "--pretty"],
  operators: ["scripts/check-operators.mjs"],
  lint: [binary("oxlint"), "--deny-warnings", "packages", "scripts"],
  imports: ["scripts/check-imports.mjs"],
  unused: [binary("knip"), "--no-progress", "--cache", "--cache-location", "node_modules/.cache/knip"],
  docs: [binary("typedoc"), "--emit", "none", "--logLevel", "Warn"],
  format: [binary("prettier"), "--check", "--log-level", "warn", "--cache", "."],
};

/** Runs the named steps, two at a time. Gives how many held and how many did not. */
export async function check(names = Object.keys(steps)) {
  const waiting = [...names];
  const counts = { passed: 0, failed: 0 };
  const worker = async () => {
    for (let name = waiting.shift(); name; name = waiting.shift()) {
      counts[(await runStep(name)) ? "passed" : "failed"]++;
    }
  };
  await Promise.all([worker(), worker()]);
  return counts;
}

async function runStep(name) {
  const start = performance.now();
  const { code, output } = await capture(steps[name]);
  if (code !== 0) process.stdout.write(`\n${output.trimEnd()}\n\n`);
  console.log(`${code === 0 ? "ok  " : "FAIL"}  ${name.padEnd(9)} ${secondsSince(start)}`);
  return code === 0;
}

function capture(args) {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, args, { cwd: root });
    let output = "";
    child.stdout.on("data", (data) => (output += data));
    child.stderr.on("data", (data) => (output += data));
    child.on("close", (code) => resolve({ code, output }));
  });
}

/** A tool's own script: started by Node directly, it needs no shell and no package manager. */
function binary(packageName, command = packageName) {
  const manifest = join(root, "node_modules", packageName, "package.json");
  const { bin } = createRequire(import.meta.url)(manifest);
  return join(dirname(manifest), typeof bin === "string" ? bin : bin[command]);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const names = process.argv.slice(2);
  const unknown = names.find((name) => !(name in steps));
  if (unknown) {
    console.error(`no check is called ${unknown}; there are ${Object.keys(steps).join(", ")}`);
    process.exit(2);
  }
  const { failed } = await check(names.length > 0 ? names : undefined);
  process.exit(failed > 0 ? 1 : 0);
}
