import type { Program, Target, WeftError } from "@weftjs/ir/core";
import type { Storage } from "./storage.js";

/** One execution of a Program, to be queued. */
export interface Call {
  /** For people. */
  readonly name: string;
  /**
   * Asked once, when the device is known. Equal calls should give the same object: what the runtime prepares
   * is kept by identity.
   */
  program(target: Target): Program;
  readonly inputs: readonly Storage[];
  readonly scalars: readonly number[];
  /** Made for this call with `allocate`, one for each output of the program, written by nothing else. */
  readonly outputs: readonly Storage[];
  /** Told when this call itself fails, not when one that it depends on did. */
  onError?(error: WeftError): void;
}
