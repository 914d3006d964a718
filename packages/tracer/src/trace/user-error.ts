import { type ErrorDetails, WeftError } from "@weftjs/ir";
import { codeFrame, userLocation } from "./source-location.js";

/** An error of the user's, said at the line of theirs that is running. */
export function userError(details: ErrorDetails): WeftError {
  const location = userLocation();
  return new WeftError({ ...details, location, frame: codeFrame(location) });
}
