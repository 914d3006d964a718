import { dropUnused } from "./drop-unused.js";
import { definePass, type Pass } from "./pass.js";

/**
 * Drops nodes that no result needs. Ops have no side effects, so nothing else can want them.
 * Keeps all parameters, used or not. O(nodes).
 */
export const dce: Pass = definePass({ name: "dce", run: dropUnused });
