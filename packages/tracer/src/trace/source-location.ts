import { type SourceLocation, WeftError } from "@weftjs/ir";

/**
 * Where the user's code called into the library: the first frame that is not Weft's own. Capturing costs a
 * microsecond or two; the text is read off when somebody asks for the place.
 */
export class CallSite implements SourceLocation {
  private trace: Error | null;
  private found: SourceLocation | undefined;

  constructor() {
    const limit = Error.stackTraceLimit;
    Error.stackTraceLimit = 16; // Library functions call one another, but not as deep as that.
    this.trace = new Error();
    Error.stackTraceLimit = limit;
  }

  get file(): string {
    return this.resolve().file;
  }

  get line(): number {
    return this.resolve().line;
  }

  get column(): number {
    return this.resolve().column;
  }

  /** Whether a frame of the user's was found. */
  get isKnown(): boolean {
    return this.resolve().file !== "";
  }

  private resolve(): SourceLocation {
    if (this.trace) {
      this.found = firstUserFrame(this.trace.stack ?? "");
      this.trace = null; // It holds on to functions and receivers.
    }
    return this.found ?? NOWHERE;
  }
}

const NOWHERE: SourceLocation = { file: "", line: 0, column: 0 };

/** The place now, at once; undefined where there is no frame of the user's. */
export function userLocation(): SourceLocation | undefined {
  const site = new CallSite();
  return site.isKnown ? { file: site.file, line: site.line, column: site.column } : undefined;
}

/** The line with a mark under the column, as in `12 |   return matmul(x, w);`. Undefined where it cannot be read. */
export function codeFrame(location: SourceLocation | undefined): string | undefined {
  const line = location && readSource(location.file)?.split("\n")[location.line - 1];
  if (!line) return undefined;
  const number = String(location.line);
  const gutter = " ".repeat(number.length);
  return `${number} | ${line}\n${gutter} | ${line.slice(0, location.column - 1).replace(/[^\t]/g, " ")}^`;
}

/** Only Node can read a file while an error is being made; a browser shows the place alone. */
function readSource(file: string): string | undefined {
  const fs = (globalThis.process as NodeProcess | undefined)?.getBuiltinModule?.("node:fs");
  try {
    return fs?.readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}

interface NodeProcess {
  getBuiltinModule?(name: "node:fs"): { readFileSync(path: string, encoding: "utf8"): string } | undefined;
}

const FRAME = /^\s*at (?:async )?(?:.*\()?(.+?):(\d+):(\d+)\)?$/;
const FRAME_ELSEWHERE = /^(?:[^@]*)@(.+?):(\d+):(\d+)$/; // Firefox, Safari

function firstUserFrame(stack: string): SourceLocation | undefined {
  for (const text of stack.split("\n")) {
    const match = FRAME.exec(text) ?? FRAME_ELSEWHERE.exec(text);
    if (!match) continue;
    const file = pathOf(match[1]!);
    if (isOwnFile(file) || file.startsWith("node:") || file === "native") continue;
    return { file, line: Number(match[2]), column: Number(match[3]) };
  }
  return undefined;
}

function pathOf(file: string): string {
  if (!file.startsWith("file://")) return file.replace(/[?#].*$/, "");
  const path = decodeURIComponent(new URL(file).pathname);
  return /^\/[A-Za-z]:\//.test(path) ? path.slice(1) : path;
}

const ROOM = /[\\/](?:@weftjs|packages)[\\/](?:ir|tracer|runtime|codegen-wgsl)[\\/](?:src|dist)[\\/]/;

/** A file of these packages, installed or in the repository; their tests count as the user's. */
function isOwnFile(file: string): boolean {
  return ROOM.test(file) && !/\.test\.[jt]s$/.test(file);
}

/** Runs `body`; a user error that it throws is said at this place, with the line of source. */
export function locate<T>(location: SourceLocation, body: () => T): T {
  try {
    return body();
  } catch (error) {
    if (!(error instanceof WeftError) || error.location || location.file === "") throw error;
    throw error.at(location, codeFrame(location));
  }
}
