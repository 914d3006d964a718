export type SwitchKind = "flag" | "list" | "text";

export interface SwitchSpec<K extends SwitchKind = SwitchKind> {
  readonly kind: K;
  /** What may stand there, in Markdown. */
  readonly values: string;
  readonly summary: string;
  /** Nothing else may stand there. Each with what it means, empty where the name says it. */
  readonly choices?: Readonly<Record<string, string>>;
}

/** What is set in an environment variable or a page's address, by the kind of the switch. */
export type SwitchValue<K extends SwitchKind> = K extends "flag"
  ? boolean
  : K extends "list"
    ? readonly string[]
    : string | undefined;

export interface DeviceSwitchTable {
  readonly WEFT_DEVICE: SwitchSpec<"text">;
  readonly WEFT_ADAPTER: SwitchSpec<"text">;
  readonly WEFT_MEMORY_MB: SwitchSpec<"text">;
  readonly WEFT_WATCHDOG_S: SwitchSpec<"text">;
  readonly WEFT_QUIET: SwitchSpec<"flag">;
}

/** The switches of devices, apart from the compiler's: what only runs programs has nothing to do with those. */
export const DEVICE_SWITCHES: DeviceSwitchTable = {
  WEFT_DEVICE: { kind: "text", values: "`webgpu`, `cpu`", summary: "where programs run" },
  WEFT_ADAPTER: {
    kind: "text",
    values: "a part of its name, `swiftshader`",
    summary: "the adapter to use; in Node only",
  },
  WEFT_MEMORY_MB: {
    kind: "text",
    values: "MiB",
    summary: "the budget of device memory; 1024 by default, 512 on a software adapter",
  },
  WEFT_WATCHDOG_S: {
    kind: "text",
    values: "seconds",
    summary: "how long to wait for an answer of the GPU; 600 by default, `0` for ever",
  },
  WEFT_QUIET: { kind: "flag", values: "`1`", summary: "does not say when shaders will run on the CPU" },
};

/** What a switch of devices is set to now: off or undefined where it is not set. */
export function readDeviceSwitch<K extends keyof DeviceSwitchTable>(
  name: K,
): SwitchValue<DeviceSwitchTable[K]["kind"]> {
  // The kind in the table is the one in the table's type.
  return switchValue(name, DEVICE_SWITCHES[name].kind) as SwitchValue<DeviceSwitchTable[K]["kind"]>;
}

/** What the environment or the page says of a switch. Whether it may is for the caller to check. */
export function switchValue<K extends SwitchKind>(name: string, kind: K): SwitchValue<K> {
  // The type follows from the kind, which TypeScript does not narrow by.
  return parseSwitch(kind, fromEnvironment(name) ?? fromPage(name)) as SwitchValue<K>;
}

function parseSwitch(kind: SwitchKind, text: string | undefined): SwitchValue<SwitchKind> {
  switch (kind) {
    case "flag":
      return text !== undefined && !["", "0", "false", "off"].includes(text);
    case "list":
      return (text ?? "")
        .split(",")
        .map((item) => item.trim())
        .filter((item) => item !== "");
    case "text":
      return text === "" ? undefined : text;
    default:
      return kind satisfies never;
  }
}

function fromEnvironment(name: string): string | undefined {
  return typeof process === "undefined" ? undefined : process.env?.[name];
}

function fromPage(name: string): string | undefined {
  const { location } = globalThis as { readonly location?: { readonly search?: string } };
  if (typeof location?.search !== "string") return undefined;
  const key = name === "WEFT_DEBUG" ? "weft" : name.toLowerCase();
  return new URLSearchParams(location.search).get(key) ?? undefined;
}
