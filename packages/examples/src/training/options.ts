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

/** Of a model whose inner size is free. */
interface SizedOptions extends TrainOptions {
  /** How many numbers the model has inside. */
  readonly hidden: number;
}

/** Of a model that makes something once it is trained. */
interface GeneratorOptions extends SizedOptions {
  /** A file of weights to start from. */
  readonly load?: string;
  /** How much to make. */
  readonly generate: number;
}

/** Of a model that reads and writes a text. */
export interface TextOptions extends GeneratorOptions {
  /** The text's file; Moby Dick where absent. */
  readonly data?: string;
  /** Characters in a sequence: how far back gradients go. */
  readonly seq: number;
  /** Below 1 likely characters become more likely, above 1 less. */
  readonly temperature: number;
}

/** Of a model that draws. */
export interface PictureOptions extends GeneratorOptions {
  /** A PNG file to write what is drawn to. */
  readonly out?: string;
}

/** Of a model that reads expressions. */
export interface TreeOptions extends SizedOptions {
  /** At most so many gates in an expression. */
  readonly gates: number;
}
