export { examples, type Example, type ExampleName } from "./models/examples.js";
export { silent, type Monitor } from "./training/monitor.js";
export type { TrainOptions } from "./training/options.js";
