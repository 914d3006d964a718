/** A source of small whole numbers below `limit`, the same for the same seed. */
export type Draw = (limit: number) => number;

/** Marsaglia's xorshift, 32 bits. */
export function drawFrom(seed: number): Draw {
  let state = (seed * 2654435761 + 1) >>> 0;
  return (limit) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % limit;
  };
}

/** What the programs are about: any of JavaScript's values, or numbers alone, which tensors can stand for. */
export type Domain = "anything" | "numbers";

const NUMBERS = ["+", "-", "*"];
const ANYTHING = ["+", "-", "*", "/", "%", "**", "&", "|", "^", "<<", ">>", ">>>", "===", "!==", "==", "!="];
const COMPARISONS = ["<", "<=", ">", ">="];
const VALUES = [
  "1n",
  '"a"',
  "null",
  "undefined",
  "true",
  "[3, 1]",
  "{ valueOf: () => (log.push(7), 2) }",
  "new Date(5)",
];

/**
 * A module that exports `f(a, b)`: operators, assignments, conditions and loops that end, captures, early returns,
 * closures that read and write, and for `anything` values of every kind, labels, switches and exceptions.
 */
export function randomModule(draw: Draw, domain: Domain): string {
  return new Generator(draw, domain).module();
}

class Generator {
  private depth = 0;
  private loops = 0;

  constructor(
    private readonly draw: Draw,
    private readonly domain: Domain,
  ) {}

  module(): string {
    const isWild = this.domain === "anything";
    const helper = `const helper = (p) => { if (p > 1) return p ${this.operator()} 2; return p ${this.operator()} captured; };`;
    return `const log = []; let captured = ${this.draw(3)}; ${helper}
class Cell { #v = 0; n = 1; put(v) { this.#v = this.#v + v; this.n++; } get() { return this.#v + this.n; } }
function f(a, b) {
  let x = a, y = b, z = ${this.literal()};
  const box = ${isWild ? "{ p: a, q: [b, 1] }" : "{ p: a }"};
  const cell = new Cell();
  let hidden = 0;
  const hide = (by) => { hidden = hidden + by; cell.put(by); };
  const bump = (by) => { z = z ${this.operator()} by; return z; };
  ${this.block(4)}
  ${isWild ? this.pick(["return", "return", "return", "throw"]) : "return"} ${isWild ? "[x, y, z, box.p, box.q, log.length, hidden, cell.n]" : "x + y * 2 + z + hidden * 3 + cell.get() + box.p"};
}`;
  }

  private block(count: number): string {
    this.depth++;
    const statements = Array.from({ length: 1 + this.draw(count) }, () => this.statement()).join("\n  ");
    this.depth--;
    return statements;
  }

  private statement(): string {
    const isDeep = this.depth > 3;
    const kinds = this.domain === "anything" ? 16 : 12;
    switch (this.draw(isDeep ? 4 : kinds)) {
      case 0:
        return `${this.variable()} ${this.pick(["=", "+=", "-=", "*="])} ${this.expression()};`;
      case 1:
        return `${this.variable()} = ${this.condition()} ? ${this.expression()} : ${this.expression()};`;
      case 2:
        return this.domain === "anything"
          ? `box.q[${this.draw(2)}] += ${this.expression()};`
          : `x = x * 0.5;`;
      case 3:
        return `bump(${this.expression()});`;
      case 4:
        return `if (${this.condition()}) { ${this.block(3)} }`;
      case 5:
        return `if (${this.condition()}) { ${this.block(2)} } else { ${this.block(2)} }`;
      case 6:
        return `if (${this.condition()}) return ${this.domain === "anything" ? "[x, log.length]" : this.expression()};`;
      case 7:
        return this.countedLoop();
      case 8:
        return `if (${this.condition()}) ${this.variable()} = ${this.expression()}; else if (${this.condition()}) { ${this.block(2)} }`;
      case 9:
        return this.draw(2) === 0 ? `hide(${this.expression()});` : `box.p = ${this.expression()};`;
      case 10:
        return this.listLoop();
      case 11:
        return this.openLoop();
      case 12:
        return `try { ${this.block(2)} if (y > 2) throw new Error("e"); } catch (e) { log.push(String(e.message)); }`;
      case 13:
        return `switch (${this.draw(3)} + (y > 1)) { case 0: ${this.block(2)} break; case 1: ${this.block(1)} default: log.push(1); }`;
      case 14:
        return `${this.variable()}${this.pick(["++", "--"])}; log.push(${this.variable()}++);`;
      default:
        return `outer${++this.loops}: for (const k of [0, 1, 2]) { for (;;) { if (k > ${this.expression()}) continue outer${this.loops}; break outer${this.loops}; } }`;
    }
  }

  /** Ends after at most four iterations, whatever happens inside. */
  private countedLoop(): string {
    const i = `i${++this.loops}`;
    if (this.domain === "numbers" && this.draw(2) === 0) {
      return `let ${i} = 0; while (${i} < 3) { ${this.block(2)} ${i} = ${i} + 1; }`;
    }
    const body = this.block(2);
    const leaves = this.exits();
    return `for (let ${i} = 0; ${i} < 1 + (x > 1); ${i} += 1) { if (${i} > 3) break; ${leaves} ${body} }`;
  }

  /** Over a list, with exits. */
  private listLoop(): string {
    const v = `v${++this.loops}`;
    const body = `${this.exits()} ${this.block(2)} ${this.exits()} ${this.variable()} = ${this.atom()} ${this.operator()} ${v};`;
    return `for (const ${v} of [1, 0.5, -1]) { ${body} }`;
  }

  /** Left by a break alone, after at most three iterations. */
  private openLoop(): string {
    const n = `n${++this.loops}`;
    const head = this.pick(["while (true)", "for (;;)"]);
    return `let ${n} = 0; ${head} { ${n} = ${n} + 1; ${this.block(2)} if (${n} > 2) break; ${this.exits()} }`;
  }

  private exits(): string {
    const value = this.domain === "anything" ? "[x, log.length]" : this.atom();
    return this.pick([
      "",
      `if (${this.condition()}) continue;`,
      `if (${this.condition()}) break;`,
      `if (${this.condition()}) return ${value};`,
      `if (${this.condition()}) { ${this.variable()} = ${this.atom()}; ${this.pick(["break", "continue"])}; }`,
    ]);
  }

  private condition(): string {
    const simple = `${this.expression()} ${this.pick(COMPARISONS)} ${this.expression()}`;
    switch (this.draw(6)) {
      case 0:
        return `${simple} && ${this.expression()} > 0`;
      case 1:
        return `${simple} || ${this.expression()} < 1`;
      case 2:
        return `!(${simple})`;
      case 3:
        return this.variable();
      default:
        return simple;
    }
  }

  private expression(): string {
    this.depth++;
    const text = this.depth > 5 ? this.atom() : this.operation();
    this.depth--;
    return text;
  }

  private operation(): string {
    switch (this.draw(7)) {
      case 0:
      case 1:
        return `(${this.atom()} ${this.operator()} ${this.expression()})`;
      case 2:
        return `helper(${this.atom()})`;
      case 3:
        return `(-${this.atom()})`;
      case 4:
        return this.domain === "anything"
          ? `(${this.variable()} && ${this.atom()})`
          : `Math.max(${this.atom()}, 0)`;
      default:
        return this.atom();
    }
  }

  private atom(): string {
    if (this.domain === "anything" && this.draw(5) === 0) return `(${this.pick(VALUES)})`;
    return this.draw(3) === 0 ? this.literal() : this.pick(["x", "y", "z", "a", "b", "captured", "box.p"]);
  }

  private variable(): string {
    return this.pick(["x", "y", "z"]);
  }

  private operator(): string {
    return this.pick(this.domain === "anything" ? ANYTHING : NUMBERS);
  }

  private literal(): string {
    return this.pick(["0", "1", "2", "0.5", "-1", "3"]).replace(/^-(.)/, "(-$1)");
  }

  private pick<T>(list: readonly T[]): T {
    return list[this.draw(list.length)]!;
  }
}
