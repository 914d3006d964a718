import { type Graph, printGraph, type Program } from "@weftjs/ir";
import { graphToDot } from "./dot.js";
import { reportPage } from "./html.js";
import { kernelTable, memoryTable, shaderText } from "./program-text.js";

/** What is computed at once: all that a function does, of an async one what it does up to a read. */
interface ReportSegment {
  readonly traced: Graph;
  readonly optimized: Graph;
  readonly program: Program;
}

/** What a report is made from. */
export interface ReportParts {
  readonly name: string;
  readonly segments: readonly ReportSegment[];
  readonly retraces: number;
  readonly replayNs: number;
  readonly proof: string;
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
  /** How often the function waits for a value and goes on, and one: computations that run one after another. */
  readonly segments: number;
  /** Which functions are proven closed, so that calls of them may skip the replay; else the lines that prevent it. */
  readonly proof: string;
  private readonly graphs: readonly Graph[];

  constructor({ name, segments, retraces, replayNs, proof }: ReportParts) {
    const programs = segments.map(({ program }) => program);
    this.name = name;
    this.segments = segments.length;
    this.graphs = segments.map(({ optimized }) => optimized);
    this.trace = inSegments(segments.map(({ traced }) => printGraph(traced)));
    this.optimized = inSegments(this.graphs.map((graph) => printGraph(graph)));
    this.kernels = inSegments(programs.map(kernelTable));
    this.wgsl = inSegments(programs.map(shaderText));
    this.memory = inSegments(programs.map(memoryTable));
    this.dispatches = programs.reduce((sum, { dispatches }) => sum + dispatches.length, 0);
    this.peakBytes = Math.max(0, ...programs.map(({ peakBytes }) => peakBytes));
    this.pipelines = new Set(programs.flatMap(({ kernels }) => kernels.map(({ wgsl }) => wgsl))).size;
    this.retraces = retraces;
    this.replayNs = replayNs;
    this.proof = proof;
  }

  /** The stages by name, in order. */
  get sections(): readonly (readonly [title: string, text: string])[] {
    return [
      ["trace", this.trace],
      ["optimized", this.optimized],
      ["kernels", this.kernels],
      ["wgsl", this.wgsl],
      ["memory", this.memory],
      ["proof", this.proof],
    ];
  }

  /** The counts, on one line. */
  get summary(): string {
    const replay = `${(this.replayNs / 1000).toPrecision(3)} µs replay`;
    return `${this.name}: ${this.dispatches} dispatches, ${this.pipelines} pipelines, ${this.peakBytes} bytes at the peak, ${this.retraces} retraces, ${replay}`;
  }

  /** The optimized graph in Graphviz's language. */
  dot(): string {
    return this.graphs.map(graphToDot).join("\n");
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

/** One text, or each under the number of its segment. */
function inSegments(texts: readonly string[]): string {
  if (texts.length === 1) return texts[0]!;
  return texts.map((text, k) => `// segment ${k + 1} of ${texts.length}\n${text}`).join("\n\n");
}
