/**
 * Everything that can be switched from outside, in one table: an environment variable in Node, a query parameter in
 * a page. `WEFT_DEBUG=passes` is `?weft=passes`; any other is its name in small letters, `?weft_disable=cse`.
 */
export const SWITCHES: SwitchTable = {
  WEFT_DEBUG: {
    kind: "list",
    values: "trace, passes, fuse, memory, wgsl, time, nan",
    summary: "prints what happens in these stages",
  },
  WEFT_DUMP: { kind: "text", values: "a directory", summary: "writes the graph behind each stage, numbered" },
  WEFT_STOP_AFTER: { kind: "text", values: "a pass or stage", summary: "ends the compiler there" },
  WEFT_DISABLE: { kind: "list", values: "passes", summary: "leaves these passes out" },
  WEFT_VERIFY: { kind: "flag", values: "1", summary: "checks the graph behind every pass" },
  WEFT_VALIDATE: {
    kind: "flag",
    values: "1",
    summary: "names the first kernel that differs from the interpreter",
  },
  WEFT_DEVICE: { kind: "text", values: "webgpu, cpu", summary: "chooses where programs run" },
};

type SwitchKind = "flag" | "list" | "text";

interface SwitchSpec<K extends SwitchKind = SwitchKind> {
  readonly kind: K;
  /** What may stand there, for the docs. */
  readonly values: string;
  readonly summary: string;
}

interface SwitchTable {
  readonly WEFT_DEBUG: SwitchSpec<"list">;
  readonly WEFT_DUMP: SwitchSpec<"text">;
  readonly WEFT_STOP_AFTER: SwitchSpec<"text">;
  readonly WEFT_DISABLE: SwitchSpec<"list">;
  readonly WEFT_VERIFY: SwitchSpec<"flag">;
  readonly WEFT_VALIDATE: SwitchSpec<"flag">;
  readonly WEFT_DEVICE: SwitchSpec<"text">;
}

export type SwitchName = keyof SwitchTable;

type SwitchValue<K extends SwitchName> = SwitchTable[K]["kind"] extends "flag"
  ? boolean
  : SwitchTable[K]["kind"] extends "list"
    ? readonly string[]
    : string | undefined;

/** What a switch is set to now: off, empty or undefined where it is not set. */
export function readSwitch<K extends SwitchName>(name: K): SwitchValue<K> {
  const text = fromEnvironment(name) ?? fromPage(name);
  // The value's type follows from the table's `kind`, which TypeScript does not narrow by.
  return parseSwitch(SWITCHES[name].kind, text) as SwitchValue<K>;
}

function parseSwitch(
  kind: SwitchSpec["kind"],
  text: string | undefined,
): boolean | readonly string[] | string | undefined {
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

function fromEnvironment(name: SwitchName): string | undefined {
  return typeof process === "undefined" ? undefined : process.env?.[name];
}

function fromPage(name: SwitchName): string | undefined {
  const { location } = globalThis as { readonly location?: { readonly search?: string } };
  if (typeof location?.search !== "string") return undefined;
  const key = name === "WEFT_DEBUG" ? "weft" : name.toLowerCase();
  return new URLSearchParams(location.search).get(key) ?? undefined;
}
