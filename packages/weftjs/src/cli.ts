import { Command } from "commander";
import { addBuildCommand } from "./commands/build-command.js";
import { addCheckCommand } from "./commands/check-command.js";
import { addDoctorCommand } from "./commands/doctor-command.js";
import { addExampleCommands } from "./commands/example-commands.js";
import { reportFailure } from "./commands/failure.js";
import { addInspectCommand } from "./commands/inspect-command.js";
import { version } from "./commands/version.js";

/** Bad usage ends with 2, what goes wrong later with 1. */
const USAGE_ERROR = 2;

try {
  const program = new Command("weft")
    .description("plain TypeScript functions, compiled to fused WebGPU graphs")
    .version(version())
    .configureHelp({ sortSubcommands: false })
    .showHelpAfterError("(--help tells what there is)")
    .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : USAGE_ERROR));
  await addExampleCommands(program);
  addInspectCommand(program);
  addCheckCommand(program);
  addBuildCommand(program);
  addDoctorCommand(program);
  await program.parseAsync();
} catch (error) {
  reportFailure(error);
}
