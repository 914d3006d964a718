/**
 * Trees: tensors and JavaScript values in arrays, plain objects and Maps.
 *
 * @module
 */
export {
  type ArrayStructure,
  flatten,
  type FlatTree,
  type LeafStructure,
  map,
  type MapStructure,
  type ObjectStructure,
  type TreeStructure,
  unflatten,
} from "./tree.js";
