import { emitProgram } from "@weftjs/codegen-wgsl";
import {
  type Graph,
  optimize,
  printGraph,
  printSchedule,
  type Program,
  readSwitch,
  type Schedule,
  scheduleGraph,
  type Target,
} from "@weftjs/ir";
import { memoryTable, shaderText } from "../seeing/program-text.js";
import type { StageLog } from "./stage-log.js";

// The stages of the compiler, under the switches: what these check, leave out, print and write to files.

/** From a traced graph to one that is ready to be cut into kernels. */
export function optimizeGraph(traced: Graph, log: StageLog): Graph {
  log.dump("0-trace.ir", () => printGraph(traced));
  let number = 0;
  return log.time("passes", () =>
    optimize(traced, {
      verify: readSwitch("WEFT_VERIFY"),
      disable: readSwitch("WEFT_DISABLE"),
      stopAfter: readSwitch("WEFT_STOP_AFTER"),
      onPass(name, graph, hasChanged) {
        if (!hasChanged) return;
        log.print("passes", () => printGraph(graph), `after ${name}`);
        log.dump(`1-${String(++number).padStart(2, "0")}-${name}.ir`, () => printGraph(graph));
      },
    }),
  );
}

/** From there to kernels in order. */
export function fuseGraph(optimized: Graph, target: Target, isFused: boolean, log: StageLog): Schedule {
  const fuse = isFused && !readSwitch("WEFT_DISABLE").includes("fuse");
  const schedule = log.time("fuse", () => scheduleGraph(optimized, target, { fuse }));
  log.print("fuse", () => printSchedule(schedule));
  log.dump("2-split.ir", () => printGraph(schedule.graph));
  log.dump("3-kernels.txt", () => printSchedule(schedule));
  return schedule;
}

/** From there to what a device executes. */
export function emitShaders(schedule: Schedule, target: Target, log: StageLog): Program {
  const program = log.time("wgsl", () => emitProgram(schedule, target));
  log.print("wgsl", () => shaderText(program));
  log.dump("4-shaders.wgsl", () => shaderText(program));
  log.print("memory", () => memoryTable(program));
  log.dump("5-memory.txt", () => memoryTable(program));
  return program;
}
