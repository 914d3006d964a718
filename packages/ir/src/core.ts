// What a Program is made of and what runs one needs to know: no op, no graph, no compiler is reached from here.
export * from "./types.js";
export * from "./target.js";
export * from "./location.js";
export * from "./errors.js";
export * from "./elements.js";
export * from "./program.js";
export * from "./device-switches.js";
