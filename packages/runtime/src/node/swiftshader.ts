import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, dirname, join } from "node:path";
import { brotliDecompressSync } from "node:zlib";
import { embeddedDriverFailed } from "../device-errors.js";
import { cacheFolder } from "./cache-folder.js";
import { readTar } from "./tar.js";

/** The embedded software driver, as files. */
export interface SwiftShader {
  /** For `VK_DRIVER_FILES`. */
  readonly driverFile: string;
  /** A Vulkan loader, for systems that have none. */
  readonly loader: string;
}

const PACKAGE = "@sparticuz/chromium";
const DRIVER_FILE = "vk_swiftshader_icd.json";
const LOADER = "libvulkan.so.1";
const WANTED: readonly string[] = [DRIVER_FILE, LOADER, "libvk_swiftshader.so"];

/**
 * Unpacks the SwiftShader that the npm package `@sparticuz/chromium` carries, once for each version and user.
 * Processes may do so at the same time: a folder appears under its name complete or not at all. Throws W4004.
 */
export function unpackSwiftShader(cache: string | undefined = cacheFolder()): SwiftShader {
  if (process.platform !== "linux" || process.arch !== "x64") {
    throw embeddedDriverFailed(`it is for Linux on x64, this is ${process.platform} on ${process.arch}`);
  }
  if (!cache)
    throw embeddedDriverFailed("no cache folder can be written; set XDG_CACHE_HOME to one that can");
  const { root, version } = findPackage();
  const folder = join(cache, `swiftshader-${version}`);
  if (!existsSync(join(folder, DRIVER_FILE))) {
    try {
      unpackInto(folder, readFileSync(join(root, "bin", "swiftshader.tar.br")));
    } catch (thrown) {
      throw embeddedDriverFailed(`it could not be unpacked into ${folder}`, thrown);
    }
  }
  return { driverFile: join(folder, DRIVER_FILE), loader: join(folder, LOADER) };
}

function findPackage(): { root: string; version: string } {
  try {
    let root = dirname(createRequire(import.meta.url).resolve(PACKAGE));
    while (!isRootOf(root) && dirname(root) !== root) root = dirname(root);
    const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { version: string };
    return { root, version: manifest.version };
  } catch (thrown) {
    throw embeddedDriverFailed(`the package ${PACKAGE} is not installed`, thrown);
  }
}

function isRootOf(folder: string): boolean {
  const file = join(folder, "package.json");
  return existsSync(file) && readFileSync(file, "utf8").includes(`"${PACKAGE}"`);
}

function unpackInto(folder: string, compressed: Uint8Array): void {
  mkdirSync(dirname(folder), { recursive: true });
  const draft = mkdtempSync(`${folder}-`);
  try {
    for (const { name, content } of readTar(brotliDecompressSync(compressed))) {
      if (WANTED.includes(basename(name))) writeFileSync(join(draft, basename(name)), content);
    }
    renameSync(draft, folder);
  } catch (thrown) {
    rmSync(draft, { recursive: true, force: true });
    // Another process was faster: what it left is as good.
    if (!existsSync(join(folder, DRIVER_FILE))) throw thrown;
  }
}
