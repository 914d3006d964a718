import { readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { homedir } from "node:os";
import { join } from "node:path";
import { isMainThread } from "node:worker_threads";

/** The part of koffi that is used. It comes through `require`: bundlers must not look into it. */
interface Koffi {
  load(
    path: string | null,
    options?: { global: boolean },
  ): {
    func(declaration: string): (...values: unknown[]) => unknown;
  };
}

/** Libraries must outlive everything: koffi closes what nobody refers to. */
const loaded: unknown[] = [];

function koffi(): Koffi {
  return createRequire(import.meta.url)("koffi") as Koffi;
}

/** Whether Dawn will find Vulkan's loader on this system. */
export function hasVulkanLoader(): boolean {
  if (process.platform !== "linux") return true;
  try {
    loaded.push(koffi().load("libvulkan.so.1", { global: true }));
    return true;
  } catch {
    return false;
  }
}

/** Loads a Vulkan loader for the whole process; asked for by its name, it is then the one that is found. */
export function loadVulkanLoader(path: string): void {
  loaded.push(koffi().load(path, { global: true }));
}

/** Whether any Vulkan driver says that it is installed. Dawn complains on stderr where none is. */
export function hasVulkanDriver(): boolean {
  if (process.platform !== "linux") return true;
  const named = ["VK_DRIVER_FILES", "VK_ICD_FILENAMES", "VK_ADD_DRIVER_FILES"];
  if (named.some((name) => process.env[name])) return true;
  const roots = [
    "/etc",
    "/usr/local/etc",
    ...(process.env["XDG_CONFIG_DIRS"] ?? "/etc/xdg").split(":"),
    ...(process.env["XDG_DATA_DIRS"] ?? "/usr/local/share:/usr/share").split(":"),
    process.env["XDG_DATA_HOME"] ?? join(homedir(), ".local", "share"),
  ];
  return roots.some((root) => containsManifest(join(root, "vulkan", "icd.d")));
}

function containsManifest(folder: string): boolean {
  try {
    return readdirSync(folder).some((name) => name.endsWith(".json"));
  } catch {
    return false;
  }
}

/** Sets an environment variable where native code sees it, from worker threads too. */
export function setEnvironment(name: string, value: string): void {
  process.env[name] = value;
  if (isMainThread || process.platform === "win32") return;
  // A worker's process.env is a copy of its own.
  koffi().load(null).func("int setenv(const char *name, const char *value, int overwrite)")(name, value, 1);
}
