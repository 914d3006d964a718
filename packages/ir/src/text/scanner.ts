import { WeftError } from "../errors.js";

/** Reads IR text from left to right. Blank space and `//` comments separate tokens and mean nothing else. */
export class Scanner {
  private position = 0;

  constructor(
    private readonly text: string,
    private readonly file: string,
  ) {}

  get isAtEnd(): boolean {
    this.skip(BLANK);
    return this.position === this.text.length;
  }

  /** Takes `token` if it comes next. */
  take(token: string): boolean {
    this.skip(BLANK);
    if (!this.text.startsWith(token, this.position)) return false;
    this.position += token.length;
    return true;
  }

  expect(token: string): void {
    if (!this.take(token)) throw this.error(`expected ${JSON.stringify(token)}, got ${this.upcoming()}`);
  }

  /** Takes what `pattern` (sticky) matches next. */
  match(pattern: RegExp): string | undefined {
    this.skip(BLANK);
    return this.matchHere(pattern);
  }

  /** As `match`, on the same line alone. */
  matchOnLine(pattern: RegExp): string | undefined {
    this.skip(SPACES);
    return this.matchHere(pattern);
  }

  expectMatch(pattern: RegExp, what: string): string {
    const text = this.match(pattern);
    if (text === undefined) throw this.error(`expected ${what}, got ${this.upcoming()}`);
    return text;
  }

  /** Whether `pattern` (sticky) comes next; takes nothing. */
  sees(pattern: RegExp): boolean {
    this.skip(BLANK);
    pattern.lastIndex = this.position;
    return pattern.test(this.text);
  }

  /** A position to report a fault at later. */
  mark(): number {
    this.skip(BLANK);
    return this.position;
  }

  error(message: string, at: number = this.position, code: `W${number}` = "W2050"): WeftError {
    const before = this.text.slice(0, at).split("\n");
    const location = { file: this.file, line: before.length, column: before.at(-1)!.length + 1 };
    const line = this.text.split("\n")[before.length - 1]!;
    const label = String(location.line);
    const frame = `${label} | ${line}\n${" ".repeat(label.length)} | ${" ".repeat(location.column - 1)}^`;
    return new WeftError({ code, message: `IR text: ${message}`, location, frame });
  }

  private upcoming(): string {
    this.skip(BLANK);
    const rest = /\S{1,20}/y;
    rest.lastIndex = this.position;
    const text = rest.exec(this.text)?.[0];
    return text === undefined ? "the end of the text" : JSON.stringify(text);
  }

  private skip(pattern: RegExp): void {
    pattern.lastIndex = this.position;
    pattern.test(this.text);
    this.position = Math.max(this.position, pattern.lastIndex);
  }

  private matchHere(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.position;
    const found = pattern.exec(this.text)?.[0];
    if (found !== undefined) this.position += found.length;
    return found;
  }
}

const BLANK = /(?:\s+|\/\/[^\n]*)*/y;
const SPACES = /[ \t]*/y;
