import { NO_ATTRS } from "@weftjs/ir";
import type { Storage } from "../device/executor.js";
import { Tensor } from "../tensor.js";
import type { Call, Read } from "./call.js";
import { computeValues } from "./compute-values.js";
import { count, totals } from "./counters.js";
import { settleAll } from "./finish-call.js";
import { EarlierValue } from "./earlier-value.js";
import { Session } from "./session.js";
import { type CallSite, locate } from "./source-location.js";
import { CUT, type Mark, READ } from "./trace-node.js";

/**
 * Has computed what the reads ask for, and gives the contents. Where that ends a segment, the call is left in the next
 * one.
 *
 * While no function is being differentiated, the trace is cut there: another session goes on, and what was made so far
 * becomes an input of it where it is used, like any other tensor; so a loop keeps no more alive than its JavaScript
 * does. Else the session stays, because gradients need the whole of it, and keeps what reads have computed by its id.
 */
export function endSegment(call: Call, reads: readonly Read[]): readonly Storage[] {
  const { session } = call;
  session.placeSteps();
  const { tree } = session;
  const tensors = new Set(reads.map(({ tensor }) => tensor));
  const wanted = [...tensors].filter((tensor) => session.isOpen && session.owns(tensor));
  for (const { isInside } of reads) {
    if (isInside) count(tree.counters, "reads");
    else totals.reads++;
  }
  if (wanted.length > 0) {
    const { site } = reads.find(({ tensor }) => tensor === wanted[0])!;
    locate(site, () =>
      session.openBlocks.length > 0 ? readInside(call, wanted, site) : cutAfter(call, wanted, site),
    );
  }
  return reads.map(({ tensor, site }) => {
    const holder = (session.owns(tensor) && session.saved.get(tensor.id)) || tensor;
    return locate(site, () => holder.content());
  });
}

function cutAfter(call: Call, read: readonly Tensor[], site: CallSite): void {
  const { session } = call;
  const end = session.cursor;
  takeMark(session, CUT, read, site);
  const wanted = new Set(read);
  for (const tensor of session.escaping)
    if (session.owns(tensor) && tensor.level === null) wanted.add(tensor);
  settleAll(call, [...wanted], end);
  for (const tensor of wanted) {
    if (session.outliving.has(tensor)) continue;
    call.noteTransient(tensor, new EarlierValue(session, session.serial, tensor.id));
  }
  const next = new Session(session.tree, { session, node: session.cursor, isReopened: false });
  session.cut();
  call.continueIn(next);
}

function readInside(call: Call, read: readonly Tensor[], site: CallSite): void {
  const { session } = call;
  const end = session.cursor;
  takeMark(session, READ, read, site);
  const wanted = new Set(read);
  for (const tensor of session.escaping) {
    const { level } = tensor;
    if (session.owns(tensor) && (level === null || session.openBlocks.includes(level))) wanted.add(tensor);
  }
  const tensors = [...wanted].filter(({ id }) => !session.saved.has(id));
  session.hasReads = true;
  if (tensors.length === 0) return;
  const contents = computeValues(call, end, tensors);
  tensors.forEach(({ type, id }, k) => session.saved.set(id, Tensor.holding(type, contents[k]!)));
}

function takeMark(session: Session, mark: Mark, read: readonly Tensor[], site: CallSite): void {
  session.mark(
    mark,
    read,
    NO_ATTRS,
    (operands) => ({
      operandTypes: operands.map((operand) => (operand as Tensor).type), // Tensors all, as given.
      outputs: [],
      givesList: true,
      dependsOnWhole: false,
    }),
    site,
  );
}
