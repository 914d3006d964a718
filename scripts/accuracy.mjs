// Measures every float function on the adapter in use and writes its section of docs/accuracy.md.
// VK_DRIVER_FILES chooses the adapter. `node scripts/accuracy.mjs 65536` tries as many operands a function.
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { createServer } from "vite";
import { readText, root } from "./workspace.mjs";

const page = join(root, "docs/accuracy.md");
const count = Number(process.argv[2] ?? 262144);
const introduction = `# Accuracy

Largest errors of Weft's float32 functions, in units in the last place, measured against float64 over all exponents, a dense interval, and pairs of special values; at one lane and at four. Below the normal range a result may be flushed to zero. The last column is WGSL's own function, which \`fastMath\` takes, over the same operands. Made by \`node scripts/accuracy.mjs\`, one section an adapter.`;

/** What \`fastMath\` takes from WGSL. */
const builtIns = new Set(
  "exp exp2 log log2 sin cos tan asin acos atan sinh cosh asinh acosh atanh atan2 pow".split(" "),
);

const { adapter, rows } = await measure();
const heading = `## ${adapter}`;
const others = (readText(page) ?? "")
  .split(/\n(?=## )/)
  .slice(1)
  .map((section) => section.trim())
  .filter((section) => !section.startsWith(`${heading}\n`));
const titles = "| Function | Bound | Largest error | At | WGSL's own |\n| --- | --- | --- | --- | --- |";
const section = [heading, "", titles, ...rows].join("\n");
mkdirSync(dirname(page), { recursive: true });
writeFileSync(page, `${[introduction, ...[...others, section].sort()].join("\n\n")}\n`);
console.log(`docs/accuracy.md: ${adapter}`);
process.exit(0);

async function measure() {
  const server = await createServer({
    configFile: join(root, "vitest.config.ts"),
    root,
    logLevel: "error",
    server: { middlewareMode: true, ws: false },
  });
  const load = (file) => server.ssrLoadModule(`/packages/codegen-wgsl/src/scalar/test/${file}.ts`);
  const { ACCURACY_CASES } = await load("accuracy-table");
  const { measureAccuracy } = await load("measure");
  const { openScalarDevice } = await load("evaluate");
  const device = await openScalarDevice();
  if (!device) throw new Error("no WebGPU adapter: set VK_DRIVER_FILES");

  const own = await measureAccuracy(device, count);
  const cases = ACCURACY_CASES.filter(({ name }) => builtIns.has(name));
  const builtIn = await measureAccuracy(device, count, cases, true);
  await server.close();
  const rows = own.map((measured) => {
    const other = builtIn.find(({ scalarCase }) => scalarCase === measured.scalarCase);
    return rowOf(measured, other);
  });
  return { adapter: device.adapter, rows };
}

function rowOf({ scalarCase, worst }, builtIn) {
  const at = worst.operands.map((x) => Number(x.toPrecision(9))).join(", ");
  const other = builtIn ? errorText(builtIn.worst.ulps) : "";
  return `| \`${scalarCase.name}\` | ${scalarCase.bound} | ${errorText(worst.ulps)} | ${at} | ${other} |`;
}

function errorText(ulps) {
  if (!Number.isFinite(ulps)) return "NaN for a number, or a number for NaN";
  return ulps < 1e4 ? ulps.toFixed(2) : "> 10,000";
}
