import type { Monitor } from "./monitor.js";
import type { TrainOptions } from "./options.js";

/** What came out of a run. */
interface Trained {
  /** What `--save` writes. */
  readonly weights: unknown;
  /** Shows what the model makes or finds. */
  readonly show?: () => Promise<void>;
}

/** A model with its data, as `weft train` runs it. */
export interface Example<Options extends TrainOptions = TrainOptions> {
  readonly title: string;
  readonly defaults: Options;
  /** Loads the data and trains. Of 0 epochs it does the rest all the same. */
  run(options: Options, monitor: Monitor): Promise<Trained>;
}
