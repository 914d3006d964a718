import { accessSync, constants, mkdirSync, statSync } from "node:fs";
import { homedir, tmpdir, userInfo } from "node:os";
import { join } from "node:path";

/**
 * A folder for what Weft can make again: `XDG_CACHE_HOME/weft`, else `~/.cache/weft`, else one in the system's
 * temporary folder that belongs to this user alone. Undefined where none can be written.
 */
export function cacheFolder(): string | undefined {
  const base = process.env["XDG_CACHE_HOME"] || join(homedir(), ".cache");
  const candidates = [join(base, "weft"), join(tmpdir(), `weft-${userInfo().username}`)];
  return candidates.find(isUsable);
}

/** What lies there will be loaded as code, so no one else may be able to put it there. */
function isUsable(folder: string): boolean {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    accessSync(folder, constants.W_OK);
    const { uid } = statSync(folder);
    return process.getuid === undefined || uid === process.getuid();
  } catch {
    return false;
  }
}
