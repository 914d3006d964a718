import { Presets, SingleBar } from "cli-progress";

export interface ProgressBar {
  /** `note` is what to say beside the bar. */
  update(done: number, note: string): void;
  /** Prints a line that stays. */
  say(line: string): void;
  stop(): void;
}

/** How often a line is printed where there is no terminal to redraw in, milliseconds. */
const LINE_INTERVAL = 5000;

/** A bar with the time that is left, in a terminal; elsewhere (a file, a pipe) a line now and then. */
export function progressBar(total: number, title: string): ProgressBar {
  return process.stdout.isTTY ? drawnBar(total, title) : printedLines(total, title);
}

function drawnBar(total: number, title: string): ProgressBar {
  const bar = new SingleBar(
    {
      format: `${title} {bar} {value}/{total}  {note}  {eta_formatted} left`,
      barsize: 24,
      stream: process.stdout,
      hideCursor: true,
      clearOnComplete: true,
    },
    Presets.shades_classic,
  );
  bar.start(total, 0, { note: "" });
  return {
    update: (done, note) => bar.update(done, { note }),
    // In place of the bar, which is drawn again below it a moment later.
    say: (line) => void process.stdout.write(`\r\u001b[2K${line}\n`),
    stop: () => bar.stop(),
  };
}

function printedLines(total: number, title: string): ProgressBar {
  const start = performance.now();
  let last = start;
  return {
    update(done, note) {
      const now = performance.now();
      if (now - last < LINE_INTERVAL || done === 0) return;
      last = now;
      const left = Math.round((((now - start) / done) * (total - done)) / 1000);
      console.log(`${title} ${done}/${total}  ${note}  ${left}s left`);
    },
    say: (line) => console.log(line),
    stop() {},
  };
}
