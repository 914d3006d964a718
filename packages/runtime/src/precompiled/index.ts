// What a precompiled module has in it besides its programs.
export { openModule } from "./open-module.js";
