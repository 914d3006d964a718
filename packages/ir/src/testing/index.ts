export { after, leavesAlone } from "./after.js";
export { randomGraphs, type RandomGraphOptions } from "./random-graph.js";
export { randomInputs, sameBits } from "./random-inputs.js";
