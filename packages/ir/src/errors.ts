import type { SourceLocation } from "./location.js";
import { formatLocation } from "./location.js";

/**
 * `user`: the caller can mend it. `device`: lost, out of memory, a shader that failed. `bug`: a broken
 * invariant of Weft's own.
 */
export type ErrorClass = "user" | "device" | "bug";

/** What an error says, piece by piece. */
export interface ErrorDetails {
  /** Stable for ever: W1xxx tracing, W2xxx types and passes, W3xxx codegen, W4xxx runtime and device, W5xxx files. */
  readonly code: `W${number}`;
  /** Needed and got, with the actual values. */
  readonly message: string;
  /** Further facts, one a line. */
  readonly notes?: readonly string[];
  /** What to do about it. */
  readonly hint?: string;
  /** Where in the user's source. */
  readonly location?: SourceLocation | undefined;
  /** The lines around `location`, where the source could be read. */
  readonly frame?: string | undefined;
  /** The error behind this one, such as the driver's own. */
  readonly cause?: unknown;
  /** `user` where absent. */
  readonly class?: ErrorClass;
}

/** Every error that Weft throws. `code` is the promise; the prose may change. */
export class WeftError extends Error {
  /** `W1003`: stable for ever; docs/errors.md has a section for each. */
  readonly code: string;
  /** Whose fault it is. */
  readonly class: ErrorClass;
  /** What the message was made from. */
  readonly details: ErrorDetails;

  constructor(details: ErrorDetails) {
    super(renderError(details), details.cause === undefined ? undefined : { cause: details.cause });
    this.name = "WeftError";
    this.code = details.code;
    this.class = details.class ?? "user";
    this.details = details;
  }

  /** Where in the user's source, where that is known. */
  get location(): SourceLocation | undefined {
    return this.details.location;
  }

  /** The same error said at a place in the user's source; a location that is there already stays. */
  at(location: SourceLocation | undefined, frame?: string): WeftError {
    if (!location || this.details.location) return this;
    return new WeftError({ ...this.details, location, frame });
  }
}

/** Runs a rule for a node: what it throws is said where the user wrote the node. */
export function atNode<T>(node: { readonly location: SourceLocation | null }, rule: () => T): T {
  try {
    return rule();
  } catch (error) {
    throw error instanceof WeftError ? error.at(node.location ?? undefined) : error;
  }
}

/** A broken invariant of Weft's own: W2999, always a bug to report. */
export function bug(message: string): WeftError {
  return new WeftError({ code: "W2999", class: "bug", message: `internal: ${message}` });
}

function renderError({ code, message, location, frame, notes = [], hint }: ErrorDetails): string {
  const lines = [`error[${code}]: ${message}`];
  if (location) lines.push(`  --> ${formatLocation(location)}`);
  if (frame) lines.push(frame);
  for (const note of notes) lines.push(`   = note: ${note}`);
  if (hint) lines.push(`   = hint: ${hint}`);
  return lines.join("\n");
}
