import type { Command } from "commander";
import { addBenchCommand } from "./bench-command.js";
import { addDemoCommand } from "./demo-command.js";
import { addTrainCommand } from "./train-command.js";

/** Adds `demo`, `train` and `bench` to the `weft` command, which looks for this function. */
export function addCommands(program: Command): void {
  addDemoCommand(program);
  addTrainCommand(program);
  addBenchCommand(program);
}
