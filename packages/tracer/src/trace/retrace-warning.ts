import { formatLocation, formatType } from "@weftjs/ir";
import type { Session } from "./session.js";
import { CUT, FRESH, LITERAL, READ, type TraceNode } from "./trace-node.js";

/** From this many paths of one function on, the user is told, once. */
const STORM = 8;

/** Notes why a call took a new path; warns when that keeps happening. */
export function noteRetrace(session: Session): void {
  const { tree, divergence } = session;
  const { history, counters } = tree;
  if (history.hasWarned || counters.traces === 1) return;
  const last = divergence ? divergence.expected.parent : session.cursor;
  if (last?.op === READ || last?.op === CUT) return; // The path follows what was read, as it should.
  const noDivergence = tree.reason ?? "other results were returned";
  history.retraceReasons.push(divergence ? describe(divergence.expected, divergence.got) : noDivergence);
  if (history.retraceReasons.length < STORM) return;
  history.hasWarned = true;
  console.warn(stormText(tree.name, counters.traces, history.retraceReasons));
  history.retraceReasons.length = 0;
}

function stormText(name: string, traces: number, reasons: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const reason of reasons) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  const lines = [...counts].sort((a, b) => b[1] - a[1]).slice(0, 4);
  return [
    `weft: ${name} was traced ${traces} times; each new path is compiled`,
    ...lines.map(([reason, count]) => `   = ${count}×: ${reason}`),
    "   = hint: keep shapes equal between calls (pad, or split off a remainder), and move what varies into tensors",
  ].join("\n");
}

function describe(expected: TraceNode, got: TraceNode): string {
  const place = got.location ? ` at ${formatLocation(got.location)}` : "";
  return `${difference(expected, got)}${place}`;
}

function difference(expected: TraceNode, got: TraceNode): string {
  if (expected.op !== got.op) return `${got.op.name} came where ${expected.op.name} had come`;
  const { name } = got.op;
  for (let k = 0; k < got.codes.length; k++) {
    const [before, now] = [expected.freshTypes[k], got.freshTypes[k]];
    if (before && now && formatType(before) !== formatType(now)) {
      return `operand ${k} of ${name} was ${formatType(before)}, then ${formatType(now)}`;
    }
    if (expected.codes[k] !== got.codes[k]) {
      return `operand ${k} of ${name} was ${codeText(expected.codes[k])}, then ${codeText(got.codes[k])}`;
    }
  }
  const attr = Object.keys(got.attrs).find((key) => String(got.attrs[key]) !== String(expected.attrs[key]));
  if (attr) return `${attr} of ${name} was ${String(expected.attrs[attr])}, then ${String(got.attrs[attr])}`;
  return `${name} was called with other operands`;
}

function codeText(code: number | undefined): string {
  if (code === FRESH) return "a new input";
  if (code === LITERAL) return "a number";
  return code === undefined ? "absent" : "another value";
}
