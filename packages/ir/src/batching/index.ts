export { batchGraph } from "./batch-graph.js";
