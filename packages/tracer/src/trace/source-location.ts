import { type SourceLocation, WeftError } from "@weftjs/ir";
import { activePlace } from "./site.js";

/**
 * A place in the user's source that is read off later: capturing costs a microsecond or two, the text ten times as
 * much. Until then it holds on to functions and receivers of the stack, so it must not be kept.
 */
export class CallSite {
  /** Where the transform says so, nothing has to be captured. */
  private readonly place: SourceLocation | undefined = activePlace();
  private readonly trace: Error | undefined;

  /** `frames`: library functions call one another, but not as deep as that while a step is recorded. */
  constructor(frames: number = 16) {
    if (this.place) return;
    const limit = Error.stackTraceLimit;
    Error.stackTraceLimit = frames;
    this.trace = new Error();
    Error.stackTraceLimit = limit;
  }

  /** The first frame that is not Weft's own; undefined where there is none. */
  resolve(): SourceLocation | undefined {
    return this.place ?? firstUserFrame(this.trace!.stack ?? "");
  }

  /** Gives an error the stack of this place, where no place can be named: its own may end before the user's frames. */
  lendStack(error: Error): void {
    const [head, ...frames] = (this.trace?.stack ?? "").split("\n");
    if (head === "Error") error.stack = `${error.name}: ${error.message}\n${frames.join("\n")}`;
  }
}

/** An error comes seldom, and from deep within. */
const FRAMES_OF_AN_ERROR = 64;

/** The place now, at once; undefined where there is no frame of the user's. */
export function userLocation(): SourceLocation | undefined {
  return new CallSite(FRAMES_OF_AN_ERROR).resolve();
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
    if (isOwnFile(file) || file === BUNDLE || file.startsWith("node:") || file === "native") continue;
    return { file, line: Number(match[2]), column: Number(match[3]) };
  }
  return undefined;
}

function pathOf(file: string): string {
  if (!file.startsWith("file://")) return file.replace(/[?#].*$/, "");
  const path = decodeURIComponent(new URL(file).pathname);
  return /^\/[A-Za-z]:\//.test(path) ? path.slice(1) : path;
}

const ROOM = "(?:ir|tracer|runtime|codegen-wgsl|weftjs)[\\\\/](?:src|dist)[\\\\/]";
/** Installed: our scope, which is nobody else's, and the front door. */
const INSTALLED = new RegExp(`[\\\\/](?:@weftjs[\\\\/]${ROOM}|node_modules[\\\\/]weftjs[\\\\/]dist[\\\\/])`);
/** In the repository: the very folder that this file is in, because a user's own may be called packages too. */
const HERE = /^(.*[\\/])tracer[\\/](?:src|dist)[\\/]/.exec(pathOf(import.meta.url))?.[1];
const IN_REPOSITORY = new RegExp(`^${ROOM}`);

/** A file of these packages, installed or in the repository; their tests count as the user's. */
export function isOwnFile(file: string): boolean {
  if (/\.test\.[jt]s$/.test(file)) return false;
  if (INSTALLED.test(file)) return true;
  return HERE !== undefined && file.startsWith(HERE) && IN_REPOSITORY.test(file.slice(HERE.length));
}

/**
 * The file that a bundler has put the library into; null where it is its own. What stands there may be ours or the
 * user's, which a stack cannot tell: no place is better than a wrong one, and the error's stack has the user's frames.
 */
const BUNDLE = isOwnFile(pathOf(import.meta.url)) ? null : pathOf(import.meta.url);

/** Runs `body`; a user error that it throws is said at this place, with the line of source. */
export function locate<T>(site: CallSite, body: () => T): T {
  try {
    return body();
  } catch (error) {
    if (!(error instanceof WeftError) || error.location) throw error;
    const location = site.resolve();
    if (!location) site.lendStack(error);
    throw error.at(location, codeFrame(location));
  }
}
