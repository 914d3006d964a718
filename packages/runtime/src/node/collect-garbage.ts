import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import type { CollectGarbage } from "../gc-pressure.js";

/** The engine's own collection, which Node keeps behind a flag that can be set while it runs. */
export function collectInNode(): CollectGarbage {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  return () => collect();
}
