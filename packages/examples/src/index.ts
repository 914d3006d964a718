export { examples, type ExampleName } from "./models/examples.js";
export type { Example } from "./training/example.js";
export { silent, type Monitor } from "./training/monitor.js";
export type { TrainOptions } from "./training/options.js";
