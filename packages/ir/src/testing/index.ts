export { after, leavesAlone } from "./after.js";
export { randomGraphs, type RandomGraphOptions } from "./random-graph.js";
export { gradientsOf, graphOf, opGraph, sampleOperands } from "./run-op.js";
export { randomInputs, sameBits } from "./random-inputs.js";
