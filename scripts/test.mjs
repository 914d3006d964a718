// Setup, the checks, the tests, then one line that says how it went. Arguments select test files and skip the checks.
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { root } from "./workspace.mjs";

const filters = process.argv.slice(2);
const total = { passed: 0, failed: 0, skipped: 0 };

// Whatever is wrong with the sources shows again below, better explained; without tools nothing can.
if (!succeeds("setup.mjs", "--install")) finish({ failed: 1 });
add({ [succeeds("build.mjs") ? "passed" : "failed"]: 1 });
if (filters.length === 0) add(await runChecks());
finish(await runTests());

function succeeds(script, ...args) {
  return (
    spawnSync(process.execPath, [join(root, "scripts", script), ...args], { stdio: "inherit" }).status === 0
  );
}

// Both import what setup installs, so neither may be loaded before.
async function runChecks() {
  const { check } = await import("./check.mjs");
  return check();
}

async function runTests() {
  const { startVitest } = await import("vitest/node");
  const vitest = await startVitest("test", filters, { run: true, root });
  const counts = countTests(vitest.state);
  await vitest.close();
  return counts;
}

function countTests(state) {
  const counts = { passed: 0, failed: state.getUnhandledErrors().length, skipped: 0 };
  for (const module of state.getTestModules()) {
    const tests = [...module.children.allTests()];
    for (const test of tests) {
      const outcome = test.result().state;
      // What never ran, because its process died, has not passed.
      counts[outcome === "pending" ? "failed" : outcome]++;
    }
    // A file that does not load has no tests that could fail.
    if (tests.length === 0 && module.state() !== "skipped") counts.failed++;
  }
  return counts;
}

function add(counts) {
  for (const [outcome, count] of Object.entries(counts)) total[outcome] += count;
}

function finish(counts) {
  add(counts);
  console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
  // Vitest sets the exit code for what it counts in no test, such as finding no test at all.
  process.exit(total.failed > 0 || process.exitCode ? 1 : 0);
}
