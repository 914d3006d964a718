import {
  elementCount,
  formatLocation,
  formatType,
  type Loop,
  type Program,
  type Slot,
  type SourceLocation,
} from "@weftjs/ir";

/** One line a dispatch. */
export function kernelTable(program: Program): string {
  const rows = program.dispatches.map((dispatch, k) => {
    const kernel = program.kernels[dispatch.kernel]!;
    return [
      String(k),
      kernel.name,
      `${elementCount(dispatch.workgroups)} workgroups`,
      dispatch.slots
        .map((slot, b) => bindingText(kernel.bindings[b]!, slot, dispatch.offsets?.[b]))
        .join(" "),
      places(kernel.locations),
    ];
  });
  if (rows.length === 0) return "no dispatches";
  return [aligned(rows), ...program.loops.map(loopText)].join("\n");
}

function loopText({ first, end, count, carried }: Loop): string {
  const turns = carried.map(({ from, reads, writes }) => `${from}: r${reads} w${writes}`).join(", ");
  return `${first} to ${end - 1} ${count === null ? "while the first is true" : `${count} times`}, from ${turns}`;
}

/** Each shader once, in the order of first use. */
export function shaderText(program: Program): string {
  if (program.kernels.length === 0) return "no shaders";
  return program.kernels
    .map(
      ({ name, wgsl, locations }) => `// ${[name, places(locations)].join("  ").trimEnd()}\n${wgsl.trim()}`,
    )
    .join("\n\n");
}

/** One line a slot. */
export function memoryTable(program: Program): string {
  const rows = program.slots.map((slot, k) => [`slot ${k}`, slot.kind, slotText(program, slot, k)]);
  const scalars = program.scalars.length > 0 ? [["scalars", program.scalars.join(" "), ""]] : [];
  return aligned([...rows, ...scalars, ["peak", `${program.peakBytes} bytes`, ""]]);
}

function slotText(program: Program, slot: Slot, k: number): string {
  if (slot.kind === "input") return formatType(program.inputs[slot.input]!);
  if (slot.kind === "tape") return `${slot.rowBytes} bytes an iteration`;
  const outputs = program.outputs
    .filter((output) => output.slot === k)
    .map((output) => formatType(output.type));
  return [`${slot.bytes} bytes`, ...outputs].join("  ");
}

function bindingText(
  binding: Program["kernels"][number]["bindings"][number],
  slot: number,
  offset = 0,
): string {
  switch (binding) {
    case "read":
      return `r${slot}${offset > 0 ? `+${offset}` : ""}`;
    case "read_write":
      return `w${slot}${offset > 0 ? `+${offset}` : ""}`;
    case "scalars":
    case "places":
      return binding;
    default:
      return binding satisfies never;
  }
}

function places(locations: readonly SourceLocation[]): string {
  const all = [...new Set(locations.map(formatLocation))];
  return all.length > 4 ? `${all.slice(0, 4).join(" ")} and ${all.length - 4} more` : all.join(" ");
}

/** Columns under each other. */
export function aligned(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column]!))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}
