import { describe, expect, test } from "vitest";
import { transformSource } from "./transform-source.js";

// Not spelled out: these are no imports of this file's.
const WEFT = "weftjs";
const multiplies = "\nexport const f = (a, b) => a * b;";

describe("a file is transformed if it", () => {
  test.each([
    ["imports from weftjs", `import { jit } from "${WEFT}";`],
    ["imports from weftjs/math", `import { jit } from '${WEFT}/math';`],
    ["imports a type", `import type { Tensor } from "${WEFT}";`],
    ["re-exports", `export * from "${WEFT}";`],
    ["says so", `"use strict"; 'use weft';`],
  ])("%s", (_, head) => {
    expect(transformSource(head + multiplies, "a.ts")).not.toBeNull();
  });
});

describe("a file is left alone if it", () => {
  test.each([
    ["imports nothing of Weft", `import { jit } from "${WEFT}-like";`],
    ["only speaks of weftjs", `// import "${WEFT}"\nconst s = 'import "${WEFT}"';`],
    ["says so", `'no weft'; import { jit } from "${WEFT}";`],
    ["says use weft too late", `let x; 'use weft';`],
  ])("%s", (_, head) => {
    expect(transformSource(head + multiplies, "a.ts")).toBeNull();
  });

  test("is the library's own", () => {
    expect(
      transformSource(`import "${WEFT}";${multiplies}`, "/a/node_modules/@weftjs/b/dist/c.js"),
    ).toBeNull();
  });
});

test("what is certainly no tensor keeps its operators", () => {
  const source = `export function f(list) {
    let sum = 0;
    for (let i = 0; i < list.length - 1; i += 2) sum += list.length * i;
    const name = "a" + sum, flag = typeof list === "string" || list === null;
    return [sum++ ** 2, -sum, name, flag, Math.floor(sum / 2), \`\${name}\`];
  }`;
  const { code } = transformSource(source, "a.ts", { force: true })!;
  expect(code.replace("$weft.made([", "[").replace("])", "]")).toContain(source);
});

test("the emitted import stands on the line of the first statement, after directives and comments", () => {
  const source = `#!/usr/bin/env node
'use weft';
// A comment.
export const f = (a, b) => a * b;
`;
  const { code } = transformSource(source, "/src/a.ts", { displayName: "a.ts" })!;
  const head = `import * as $weft from "${WEFT}/staging"; var $site = $weft.places("a.ts", "4:28");`;
  expect(code).toBe(`#!/usr/bin/env node
'use weft';
// A comment.
${head} export const f = (a, b) => $weft.multiply(a , b, $site + 0);; $weft.closed(f);
`);
});

test("names of the file's own are not taken", () => {
  const { code } = transformSource(`'use weft'; export const f = ($weft, $site) => $weft * $site;`, "a.ts")!;
  expect(code).toContain("$weft_.multiply($weft , $site, $site_ + 0)");
});
