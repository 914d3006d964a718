import type ts from "typescript";
import { isWithin } from "./assigned.js";
import { directiveCount } from "./marked.js";
import { nearestFunction } from "./names.js";
import { type Rewriting, wrap } from "./rewriting.js";
import type { Binding } from "./scopes.js";
import { syntax } from "./syntax.js";

/** The owner of variables whose lives nothing tells apart. */
const NONE = "undefined";

/**
 * A function that writes variables of others says so when it begins, because it may be called where a tensor decides:
 * `runtime.watched() && runtime.watch(scope, "n", () => n, (value) => n = value)`. `scope` is a number that tells one
 * life of a variable from the next, made where the scope of the variable begins.
 */
export class CapturedWrites {
  /** By function: what it writes of others. */
  private readonly written = new Map<ts.Node, Set<Binding>>();
  /** By the node that holds its beginning: the scopes that need a number. */
  private readonly scopes = new Map<ts.Node, string>();
  /** What the emitted code knows the scope of a variable by. */
  private readonly owners = new Map<Binding, string>();

  constructor(
    bindings: readonly Binding[],
    /** What is another positive number in each module. */
    private readonly module: string,
    /** What the names of numbers begin with. */
    private readonly prefix: string,
  ) {
    for (const binding of bindings) {
      if (binding.isConstant || binding.kind === "import") continue;
      for (const { node } of binding.writes) this.note(binding, node);
    }
  }

  private note(binding: Binding, node: ts.Identifier): void {
    const writer = nearestFunction(node, binding.scope.node);
    if (!writer) return;
    const list = this.written.get(writer) ?? new Set<Binding>();
    this.written.set(writer, list.add(binding));
    if (syntax.isSourceFile(binding.scope.node)) return void this.owners.set(binding, `-${this.module}`);
    const holder = holderOf(binding.scope.node);
    const isSeen = holder && isWithin(writer, bodyOf(holder));
    // One function that cannot see the number is enough to make it useless.
    if (!isSeen || this.owners.get(binding) === NONE) return void this.owners.set(binding, NONE);
    const name = this.scopes.get(holder) ?? `${this.prefix}${this.scopes.size}`;
    this.scopes.set(holder, name);
    this.owners.set(binding, name);
  }

  /** What is to be written where the node begins, if anything. */
  rewrite(rewriting: Rewriting, node: ts.Node): void {
    const scope = this.scopes.get(node);
    const written = this.written.get(node);
    if (!scope && !written) return;
    const { runtime } = rewriting;
    const number = scope ? `const ${scope} = ${runtime}.scope(); ` : "";
    if (!written) return begin(rewriting, node, number);
    const site = rewriting.site(node);
    const calls = [...written].map((binding) => this.watch(rewriting, binding, site));
    const guarded = `${runtime}.watched() && (${calls.join(", ")})`;
    if (syntax.isPropertyDeclaration(node)) {
      if (node.initializer) wrap(rewriting, node.initializer, `(${guarded}, `, ")");
      return;
    }
    begin(rewriting, node, `${number}${guarded}; `);
    for (const { initializer } of (node as ts.SignatureDeclaration).parameters ?? []) {
      if (initializer && [...written].some((binding) => isWrittenIn(binding, initializer)))
        wrap(rewriting, initializer, `(${guarded}, `, ")");
    }
  }

  private watch({ runtime, parameter }: Rewriting, binding: Binding, site: string): string {
    const { name } = binding;
    return `${runtime}.watch(${this.owners.get(binding)}, "${name}", () => ${name}, (${parameter}) => { ${name} = ${parameter}; }, ${site})`;
  }
}

function isWrittenIn({ writes }: Binding, piece: ts.Node): boolean {
  return writes.some(({ node }) => isWithin(node, piece));
}

/** The node at whose beginning the variables of a scope begin, each time; undefined where there is none. */
function holderOf(scope: ts.Node): ts.Node | undefined {
  if (syntax.isFunctionLike(scope) || syntax.isBlock(scope) || syntax.isModuleBlock(scope)) return scope;
  if (syntax.isIterationStatement(scope, false))
    return syntax.isBlock(scope.statement) ? scope.statement : undefined;
  return syntax.isCatchClause(scope) ? scope.block : undefined;
}

function bodyOf(node: ts.Node): ts.Node | undefined {
  return syntax.isFunctionLike(node) ? (node as ts.FunctionLikeDeclaration).body : node;
}

/** Text at the beginning of a function or block, after its directives. */
function begin(rewriting: Rewriting, node: ts.Node, text: string): void {
  const { edit, source } = rewriting;
  const body = bodyOf(node);
  if (!body) return;
  if (!syntax.isBlock(body) && !syntax.isModuleBlock(body))
    return wrap(rewriting, body, `{ ${text}return `, "; }");
  const count = directiveCount(body.statements);
  if (count === 0) edit.appendRight(body.getStart(source) + 1, ` ${text}`);
  else edit.appendRight(body.statements[count - 1]!.end, `; ${text}`);
}
