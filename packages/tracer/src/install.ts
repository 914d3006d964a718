import "./iterate.js";
import "./methods.js";
import { swapRecorder } from "@weftjs/ir";
import { EagerRecorder } from "./eager-recorder.js";
import { Tensor } from "./tensor.js";

// Outside of every transformed function ops run one by one, from the moment the library is loaded.
swapRecorder(new EagerRecorder());

// What Node's console shows of a tensor.
Object.defineProperty(Tensor.prototype, Symbol.for("nodejs.util.inspect.custom"), {
  value(this: Tensor): string {
    return this.toString();
  },
});
