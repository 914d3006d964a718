import {
  DEVICE_SWITCHES,
  type DeviceSwitchTable,
  type SwitchKind,
  type SwitchSpec,
  type SwitchValue,
  switchValue,
} from "./device-switches.js";
import { WeftError } from "./errors.js";
import { pipeline } from "./passes/pipeline.js";

/** What `WEFT_DEBUG` prints, on stderr. */
const DEBUG_STAGES: Readonly<Record<string, string>> = {
  trace: "each graph as it was recorded, with source lines",
  passes: "the graph behind each pass that changed it",
  fuse: "the kernels: what each runs over, the ops in it, what it reads and writes",
  wgsl: "the shaders",
  memory: "the buffers of each program, and the most that are in use at once",
  time: "milliseconds of each stage of the compiler",
  nan: "the first op, with its line, that made NaN of numbers; slow, on a GPU only",
};

/** What may be left out or stopped at: passes by name, in their order. */
const PASSES: readonly string[] = [
  ...new Set(pipeline.flatMap((step) => ("repeat" in step ? step.repeat : [step])).map(({ name }) => name)),
];
/** Without this one, gradients and calls have no code. */
const REQUIRED = "expand-regions";

/**
 * Everything that can be switched from outside, in one table: an environment variable in Node, a query parameter in
 * a page. `WEFT_DEBUG=passes` is `?weft=passes`; any other is its name in small letters, `?weft_disable=cse`.
 */
export const SWITCHES: SwitchTable = {
  ...DEVICE_SWITCHES,
  WEFT_DEBUG: {
    kind: "list",
    values: "stages, below",
    summary: "prints what happens in these stages of the compiler",
    choices: DEBUG_STAGES,
  },
  WEFT_DUMP: {
    kind: "text",
    values: "a directory",
    summary: "writes the text of every stage there, a folder a program; in Node only",
  },
  WEFT_STOP_AFTER: {
    kind: "text",
    values: "a pass",
    summary: "makes kernels of the graph as it is behind this pass",
    choices: summaries(PASSES),
  },
  WEFT_DISABLE: {
    kind: "list",
    values: "passes, `fuse`",
    summary: "leaves these passes out; without `fuse`, each op is a kernel of its own",
    choices: summaries([...PASSES.filter((name) => name !== REQUIRED), "fuse"]),
  },
  WEFT_VERIFY: {
    kind: "flag",
    values: "`1`",
    summary: "checks every invariant of the graph behind every pass",
  },
  WEFT_VALIDATE: {
    kind: "flag",
    values: "`1`",
    summary: "runs every call on the interpreter too and names the first kernel that differs; on a GPU only",
  },
};

interface SwitchTable extends DeviceSwitchTable {
  readonly WEFT_DEBUG: SwitchSpec<"list">;
  readonly WEFT_DUMP: SwitchSpec<"text">;
  readonly WEFT_STOP_AFTER: SwitchSpec<"text">;
  readonly WEFT_DISABLE: SwitchSpec<"list">;
  readonly WEFT_VERIFY: SwitchSpec<"flag">;
  readonly WEFT_VALIDATE: SwitchSpec<"flag">;
}

export type SwitchName = keyof SwitchTable;

/** What a switch is set to now: off, empty or undefined where it is not set. @throws W1016 for no choice of it. */
export function readSwitch<K extends SwitchName>(name: K): SwitchValue<SwitchTable[K]["kind"]> {
  const value = switchValue(name, SWITCHES[name].kind);
  checkChoice(name, value);
  // The value's type follows from the table's `kind`, which TypeScript does not narrow by.
  return value as SwitchValue<SwitchTable[K]["kind"]>;
}

/** A misspelt pass or stage would switch nothing, and be looked for long. */
function checkChoice(name: SwitchName, value: SwitchValue<SwitchKind>): void {
  const { choices } = SWITCHES[name] as SwitchSpec;
  if (!choices || value === undefined || typeof value === "boolean") return;
  const unknown = [value].flat().find((item) => !Object.hasOwn(choices, item));
  if (unknown === undefined) return;
  throw new WeftError({
    code: "W1016",
    message: `${name} does not take ${JSON.stringify(unknown)}`,
    hint: `it takes ${Object.keys(choices).join(", ")}`,
  });
}

function summaries(names: readonly string[]): Record<string, string> {
  return Object.fromEntries(names.map((name) => [name, ""]));
}
