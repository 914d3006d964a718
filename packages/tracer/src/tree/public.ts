export { flatten, map, type TreeStructure, unflatten } from "./tree.js";
