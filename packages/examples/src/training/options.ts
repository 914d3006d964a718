/** What the user chooses of a training run. */
export interface TrainOptions {
  /** Passes over the training data. */
  readonly epochs: number;
  /** Rows in a batch. */
  readonly batch: number;
  /** The step along the gradient. */
  readonly lr: number;
  /** What the first weights and the order of the batches come from. */
  readonly seed: number;
  /** One kernel an op instead of fused ones: the baseline. */
  readonly isEager: boolean;
}
