import type { Command } from "commander";

export function addDoctorCommand(program: Command): void {
  program
    .command("doctor")
    .description("what device, driver and limits there are, what is missing and how to get it")
    .option("--json", "print one JSON object and nothing else")
    .action(doctor);
}

async function doctor({ json }: { readonly json?: true }): Promise<void> {
  // The diagnosis names the device itself.
  process.env.WEFT_QUIET ??= "1";
  const { diagnose } = await import("./diagnosis.js");
  const { renderDiagnosis } = await import("./render-diagnosis.js");
  const diagnosis = await diagnose();
  console.log(json ? JSON.stringify(diagnosis, null, 2) : renderDiagnosis(diagnosis));
  if (!diagnosis.works) process.exitCode = 1;
}
