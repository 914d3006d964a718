/**
 * What transformed code calls. The transform writes the calls; nobody else needs these names.
 *
 * @module
 */
export * from "./operators.js";
export { different, looselyEqual, looselyUnequal, same } from "./equality.js";
export { assign, assignPostfix, element, part, setElement } from "./elements.js";
export { math } from "./math.js";
export { addPlaces as places } from "../trace/site.js";
