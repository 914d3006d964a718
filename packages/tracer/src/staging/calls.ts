import { currentRecorder } from "@weftjs/ir";
import { Session } from "../trace/session.js";
import { placeOf } from "../trace/site.js";

/** Before a call of the library's: what its steps will come after. */
export function mark(): number {
  const recorder = currentRecorder();
  return recorder instanceof Session ? recorder.unplacedCount : 0;
}

/**
 * After a call of the library's: the steps that it recorded stand at this site. A replay records none, and pays two
 * calls that find nothing to do.
 */
export function placed<T>(before: number, value: T, site: number): T {
  const recorder = currentRecorder();
  if (recorder instanceof Session && recorder.unplacedCount > before)
    recorder.placeSteps(before, placeOf(site));
  return value;
}
