import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { SWITCHES } from "@weftjs/ir";
import { expect, test } from "vitest";

const root = fileURLToPath(new URL("../../../", import.meta.url));

const INTRODUCTION = `# Switches

What can be changed without changing the program: environment variables in Node, parameters of the page's address in a browser. A value that a switch does not know is refused with [W1016](errors.md#w1016-a-switch-set-to-what-it-does-not-take). Switches of the compiler and its stages hold for kernels, so they say nothing on the cpu device, which interprets the recorded graph. Each is read when it is needed: set it before the first tensor.

This page is made from the table in [switches.ts](../packages/ir/src/switches.ts) by \`npx vitest run packages/weftjs/src/switches-page.test.ts --update\`.`;

function page(): string {
  const rows = Object.entries(SWITCHES).map(
    ([name, { values, summary }]) => `| \`${name}\` | \`${parameter(name)}\` | ${values} | ${summary} |`,
  );
  const stages = Object.entries(SWITCHES.WEFT_DEBUG.choices ?? {}).map(
    ([name, what]) => `- \`${name}\`: ${what}`,
  );
  const passes = Object.keys(SWITCHES.WEFT_STOP_AFTER.choices ?? {}).map((name) => `\`${name}\``);
  return `${[
    INTRODUCTION,
    ["| Variable | In a page | Values | Effect |", "| --- | --- | --- | --- |", ...rows].join("\n"),
    "## Stages of `WEFT_DEBUG`",
    "Several are separated by commas: `WEFT_DEBUG=passes,wgsl`.",
    stages.join("\n"),
    "## Passes",
    `In their order: ${passes.join(", ")}. All but the first may be left out.`,
    "## Finding a fault",
    "`WEFT_VALIDATE=1` says which kernel is wrong. If the fault goes away with `WEFT_DISABLE=fuse`, the kernels are to blame, else the passes before them: `WEFT_STOP_AFTER` and `WEFT_DISABLE` find the one by bisection, and `WEFT_VERIFY=1` finds it at once where it leaves a broken graph. `WEFT_DUMP=out` writes every stage to files that can be compared; each `.ir` file parses back to its graph ([grammar](ir-grammar.md)).",
  ].join("\n\n")}\n`;
}

function parameter(name: string): string {
  return name === "WEFT_DEBUG" ? "weft" : name.toLowerCase();
}

test("the page says what the table says", async () => {
  await expect(page()).toMatchFileSnapshot(join(root, "docs/switches.md"));
});

test("every switch is read somewhere, and none that is read is missing", () => {
  const text = readdirSync(join(root, "packages"))
    .flatMap((name) => {
      const folder = join(root, "packages", name, "src");
      return readdirSync(folder, { recursive: true, encoding: "utf8" }).map((file) => join(folder, file));
    })
    .filter((file) => file.endsWith(".ts") && !file.endsWith(".test.ts"))
    .map((file) => readFileSync(file, "utf8"))
    .join("\n");
  const read = new Set([...text.matchAll(/read(?:Device)?Switch\("(\w+)"\)/g)].map((match) => match[1]));
  expect([...read].sort()).toEqual(Object.keys(SWITCHES).sort());
});
