export { compile, type CompileOptions, emitProgram } from "./compile.js";
