import { format, resolveConfig } from "prettier";
import { fileURLToPath } from "node:url";
import type * as TypeScript from "typescript";
import { expect, test } from "vitest";
import * as strict from "../index.js";
import * as math from "../math.js";
import { programOf, ts } from "./fixtures/type-program.js";

/** Types of rules that see graph values, which are the strict surface's. */
const OF_RULES = [
  "GradientContext",
  "OwnPointwise",
  "OwnReduction",
  "PointwiseDeclaration",
  "ReduceDeclaration",
];

interface Export {
  readonly name: string;
  readonly isValue: boolean;
  readonly parameters: number;
}

const exportsRead = new Map<string, Export[]>();

function exportsOf(module: string): readonly Export[] {
  const before = exportsRead.get(module);
  if (before) return before;
  const { program, file } = programOf(`export * from "${module}";`);
  const checker = program.getTypeChecker();
  const found = checker.getExportsOfModule(checker.getSymbolAtLocation(file)!).map((symbol) => {
    const target = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
    const declarations = (target.declarations ?? []) as { typeParameters?: readonly unknown[] }[]; // of any kind
    return {
      name: symbol.name,
      isValue: (target.flags & ts.SymbolFlags.Value) !== 0,
      parameters: Math.max(...declarations.map((one) => one.typeParameters?.length ?? 0)),
    };
  });
  exportsRead.set(module, found);
  return found;
}

/** Those that another type stands for on the operator surface: TypeScript gives the very same object for the others. */
function differing(exports: readonly Export[]): Export[] {
  const pairs = exports.map(({ name, isValue }, k) => {
    const type = isValue ? `typeof weft.${name}` : `weft.${name}`;
    return `export type Strict${k} = ${type};\nexport type Loose${k} = Retyped<${type}>;`;
  });
  const { program, file } = programOf(
    [
      `import type * as weft from "../index.js";`,
      `import type { Retyped } from "./retyped.js";`,
      ...pairs,
    ].join("\n"),
  );
  const checker = program.getTypeChecker();
  const types = new Map<string, TypeScript.Type>();
  file.forEachChild((node) => {
    if (ts.isTypeAliasDeclaration(node)) types.set(node.name.text, checker.getTypeAtLocation(node.name));
  });
  return exports.filter((_, k) => types.get(`Strict${k}`) !== types.get(`Loose${k}`));
}

/** `math.ts` as the exports of the strict surface make it. */
function listing(): string {
  const all = exportsOf("../index.js");
  const generic = exportsOf("./generic.js").map(({ name }) => name);
  const own = ["Tensor", "Part"];
  const mapped = differing(
    all.filter(
      ({ name, parameters }) => parameters === 0 && ![...generic, ...own, ...OF_RULES].includes(name),
    ),
  );
  const values = mapped.filter(({ isValue }) => isValue);
  const types = mapped.filter(({ isValue }) => !isValue);
  const byName = (lines: readonly string[]): string => [...lines].sort().join("\n");
  return `// The operator surface: the values of \`weftjs\`, typed so that operators on tensors pass TypeScript. Each export below
// hides the strict type of its name. The list is written by \`vitest -u\` (math/entry.test.ts); \`never\` fits every type, and
// the values are the same.
import * as weft from "./index.js";
import type { Retyped } from "./math/retyped.js";

export * from "./index.js";
export {
${byName(exportsOf("./generic.js").map(({ name, isValue }) => `  ${isValue ? "" : "type "}${name},`))}
} from "./math/generic.js";
export type { Part, Tensor } from "./math/tensor.js";

${byName(types.map(({ name }) => `export type ${name} = Retyped<weft.${name}>;`))}

${byName(values.map(({ name }) => `export const ${name}: Retyped<typeof weft.${name}> = weft.${name} as never;`))}
`;
}

test("every export that mentions tensors is there, typed for operators", async () => {
  const file = fileURLToPath(new URL("../math.ts", import.meta.url));
  const formatted = await format(listing(), { ...(await resolveConfig(file)), filepath: file });
  await expect(formatted).toMatchFileSnapshot("../math.ts");
}, 180_000);

test("the values are the same objects", () => {
  const values = new Map<string, unknown>(Object.entries(math));
  expect([...values.keys()].sort()).toEqual(Object.keys(strict).sort());
  for (const [name, value] of Object.entries(strict)) expect(values.get(name), name).toBe(value);
});

test("a generic function whose type names tensors is typed again; the others serve both surfaces", () => {
  const again = exportsOf("./generic.js").map(({ name }) => name);
  const { program, file } = programOf('export * from "../index.js";');
  const checker = program.getTypeChecker();
  const naming = new TensorNames(checker);
  const left = checker.getExportsOfModule(checker.getSymbolAtLocation(file)!).filter(({ name }) => {
    const found = exportsOf("../index.js").find((one) => one.name === name)!;
    return found.isValue && found.parameters > 0 && !again.includes(name);
  });
  const exported = (name: string): TypeScript.Symbol =>
    checker.tryGetMemberInModuleExports(name, checker.getSymbolAtLocation(file)!)!;
  expect(["grad", "hessian", "add"].map((name) => naming.mentions(exported(name)))).toEqual([
    true,
    true,
    true,
  ]);
  expect(left.length).toBeGreaterThan(5);
  expect(left.filter((symbol) => naming.mentions(symbol)).map(({ name }) => name)).toEqual([]);
});

/** Which declarations name the class Tensor, themselves or through the types that they name. */
class TensorNames {
  private readonly known = new Map<TypeScript.Symbol, boolean>();

  constructor(private readonly checker: TypeScript.TypeChecker) {}

  mentions(named: TypeScript.Symbol): boolean {
    const isAlias = (named.flags & ts.SymbolFlags.Alias) !== 0;
    const symbol = isAlias ? this.checker.getAliasedSymbol(named) : named;
    const before = this.known.get(symbol);
    if (before !== undefined) return before;
    this.known.set(symbol, false); // while it is looked into: recursive types name themselves
    const answer = symbol.name === "Tensor" || (symbol.declarations ?? []).some((one) => this.declares(one));
    this.known.set(symbol, answer);
    return answer;
  }

  private declares(declaration: TypeScript.Node): boolean {
    if (!/[\\/]packages[\\/]\w+[\\/]src[\\/]/.test(declaration.getSourceFile().fileName)) return false;
    const visit = (node: TypeScript.Node): boolean => {
      if (ts.isBlock(node)) return false;
      if (ts.isTypeReferenceNode(node)) {
        const symbol = this.checker.getSymbolAtLocation(node.typeName);
        if (symbol && this.mentions(symbol)) return true;
      }
      return ts.forEachChild(node, visit) ?? false;
    };
    return visit(declaration);
  }
}
