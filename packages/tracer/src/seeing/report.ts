import { type Graph, printGraph, type Program } from "@weftjs/ir";
import { graphToDot } from "./dot.js";
import { reportPage } from "./html.js";
import { kernelTable, memoryTable, shaderText } from "./program-text.js";

/** What a report is made from. */
export interface ReportParts {
  readonly name: string;
  readonly traced: Graph;
  readonly optimized: Graph;
  readonly program: Program;
  readonly retraces: number;
  readonly replayNs: number;
}

/** What a function becomes, stage by stage, as text. `String(report)` has all of it. */
export class Report {
  /** Of the function, or as `jit` was told. */
  readonly name: string;
  /** The graph as recorded, with the lines of the source. IR text, which `parseGraph` reads. */
  readonly trace: string;
  /** The graph after all passes. */
  readonly optimized: string;
  /** One line a dispatch: kernel, workgroups, bindings, source lines. */
  readonly kernels: string;
  /** The shaders, each once. */
  readonly wgsl: string;
  /** Which buffer holds what. */
  readonly memory: string;
  /** Kernels that one call starts. */
  readonly dispatches: number;
  /** Bytes of all buffers at the worst moment of a call, inputs and outputs counted. */
  readonly peakBytes: number;
  /** Different shaders among them. */
  readonly pipelines: number;
  /** Paths of the function so far, besides the first. */
  readonly retraces: number;
  /** Nanoseconds of JavaScript in a call that replays. */
  readonly replayNs: number;
  private readonly graph: Graph;

  constructor({ name, traced, optimized, program, retraces, replayNs }: ReportParts) {
    this.name = name;
    this.graph = optimized;
    this.trace = printGraph(traced);
    this.optimized = printGraph(optimized);
    this.kernels = kernelTable(program);
    this.wgsl = shaderText(program);
    this.memory = memoryTable(program);
    this.dispatches = program.dispatches.length;
    this.peakBytes = program.peakBytes;
    this.pipelines = program.kernels.length;
    this.retraces = retraces;
    this.replayNs = replayNs;
  }

  /** The stages by name, in order. */
  get sections(): readonly (readonly [title: string, text: string])[] {
    return [
      ["trace", this.trace],
      ["optimized", this.optimized],
      ["kernels", this.kernels],
      ["wgsl", this.wgsl],
      ["memory", this.memory],
    ];
  }

  /** The counts, on one line. */
  get summary(): string {
    const replay = `${(this.replayNs / 1000).toPrecision(3)} µs replay`;
    return `${this.name}: ${this.dispatches} dispatches, ${this.pipelines} pipelines, ${this.peakBytes} bytes at the peak, ${this.retraces} retraces, ${replay}`;
  }

  /** The optimized graph in Graphviz's language. */
  dot(): string {
    return graphToDot(this.graph);
  }

  /** The report as one HTML page, in Node also written to a file. */
  async html(file?: string): Promise<string> {
    const page = reportPage(this.summary, this.sections);
    if (file !== undefined) {
      const { writeFile } = await import("node:fs/promises");
      await writeFile(file, page);
    }
    return page;
  }

  /** All sections, each under its title. */
  toString(): string {
    const parts = this.sections.map(
      ([title, text]) => `── ${title} ${"─".repeat(60 - title.length)}\n${text}`,
    );
    return [this.summary, ...parts].join("\n\n");
  }
}
