export { attentionPart } from "./attention-part.js";
