import { test } from "vitest";
import { checkFiles } from "./check-files.js";
import { compiler } from "../hosts/compiler.js";
test("x", async () => {
  const root = new URL("../../../../", import.meta.url).pathname;
  const { options, fileNames } = compiler.getParsedCommandLineOfConfigFile(root + "tsconfig.operators.json", {}, compiler.sys as never)!;
  const t0 = process.cpuUsage().user;
  const found = await checkFiles(process.env.ALL ? fileNames : [root + "packages/examples/apps/zz.ts"], options);
  console.log((process.cpuUsage().user - t0) / 1e6);
  for (const f of found) { const sf = compiler.createSourceFile("x", compiler.sys.readFile(f.file)!, 99, true); const { line, character } = sf.getLineAndCharacterOfPosition(f.start); console.log(f.file.split("/").at(-1), line + 1, character + 1, f.code, f.message, f.notes, f.hint, JSON.stringify(sf.text.slice(f.start, f.end))); }
});
