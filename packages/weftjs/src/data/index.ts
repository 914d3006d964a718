export { type Characters, characters, type Sequences, sequences } from "./characters.js";
export type { HostArray } from "./host-array.js";
export { rows } from "./host-array.js";
export { uniformStream } from "./host-stream.js";
export { housing, type Housing } from "./housing.js";
export { minibatch, type MinibatchOptions } from "./minibatch.js";
export { type LabelledImages, mnist, type Mnist } from "./mnist.js";
export { text } from "./text.js";
