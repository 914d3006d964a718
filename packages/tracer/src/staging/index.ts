/**
 * What transformed code calls. The transform writes the calls; nobody else needs these names.
 *
 * @module
 */
import "../install.js";

export * from "./operators.js";
export { different, looselyEqual, looselyUnequal, same } from "./equality.js";
export { assign, assignPostfix, decidedPart, element, optional, part, setElement } from "./elements.js";
export { branch, choose, chooseExit, onward, onwardExit, select } from "./branches.js";
export { BREAK, FELL, leave, leaving } from "./exits.js";
export { run } from "./runs.js";
export { closed, unproven } from "./closedness.js";
export { mark, placed } from "./calls.js";
export { decide, holds, number, predicate } from "./condition.js";
export { and, andSet, assignAnd, assignOr, or, orSet } from "./logic.js";
export { loop, loopAfter, loopFor } from "./loops.js";
export { math } from "./math.js";
export { addPlaces as places } from "../trace/site.js";
export { changing } from "./changing.js";
export { field, made, scope, watch, watched } from "./journal.js";
