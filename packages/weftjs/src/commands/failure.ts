import { WeftError } from "@weftjs/ir";
import color from "picocolors";

/**
 * Says on standard error what went wrong and makes the process end with 1. An error of Weft's own says it all;
 * of any other it shows where it was thrown; with WEFT_DEBUG set, each comes with its stack.
 */
export function reportFailure(error: unknown): void {
  process.exitCode = 1;
  console.error(process.env.WEFT_DEBUG ? traced(error) : untraced(error));
}

function untraced(error: unknown): string {
  if (isWeftError(error)) return color.red(error.message);
  if (!(error instanceof Error)) return color.red(String(error));
  const place = /^\s+at .*/m.exec(error.stack ?? "")?.[0] ?? "";
  return `${color.red(`${error.name}: ${error.message}`)}\n${color.dim(`${place}\nWEFT_DEBUG=trace shows the rest`)}`;
}

function traced(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause === undefined ? "" : `\ncaused by ${traced(error.cause)}`;
  return `${error.stack ?? error.message}${cause}`;
}

/** By its shape too: a user's module may have brought its own copy of Weft. */
function isWeftError(error: unknown): error is WeftError {
  return error instanceof WeftError || (error instanceof Error && error.name === "WeftError");
}
