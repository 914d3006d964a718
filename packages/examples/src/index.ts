export * from "./data/host-array.js";
export { housing, type Housing } from "./data/housing.js";
export { minibatch, type MinibatchOptions } from "./data/minibatch.js";
export { mnist, type LabelledImages, type Mnist } from "./data/mnist.js";
export { examples, type Example, type ExampleName } from "./models/examples.js";
export { silent, type Monitor } from "./training/monitor.js";
export type { TrainOptions } from "./training/options.js";
