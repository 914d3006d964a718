import type { SourceLocation } from "./location.js";
import { formatLocation } from "./location.js";

/**
 * `user`: the caller can mend it. `device`: lost, out of memory, a shader that failed. `bug`: a broken
 * invariant of Weft's own.
 */
export type ErrorClass = "user" | "device" | "bug";

export interface ErrorDetails {
  /** Stable for ever: W1xxx tracing, W2xxx types and passes, W3xxx codegen, W4xxx runtime and device, W5xxx files. */
  readonly code: `W${number}`;
  /** Needed and got, with the actual values. */
  readonly message: string;
  readonly notes?: readonly string[];
  readonly hint?: string;
  readonly location?: SourceLocation | undefined;
  /** The lines around `location`, where the source could be read. */
  readonly frame?: string | undefined;
  readonly cause?: unknown;
  readonly class?: ErrorClass;
}

/** Every error that Weft throws. `code` is the promise; the prose may change. */
export class WeftError extends Error {
  readonly code: string;
  readonly class: ErrorClass;
  readonly details: ErrorDetails;

  constructor(details: ErrorDetails) {
    super(renderError(details), details.cause === undefined ? undefined : { cause: details.cause });
    this.name = "WeftError";
    this.code = details.code;
    this.class = details.class ?? "user";
    this.details = details;
  }

  get location(): SourceLocation | undefined {
    return this.details.location;
  }

  /** The same error said at a place in the user's source; a location that is there already stays. */
  at(location: SourceLocation | undefined, frame?: string): WeftError {
    if (!location || this.details.location) return this;
    return new WeftError({ ...this.details, location, frame });
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
