import { type HostOptions, transformFile } from "./transform-file.js";

/** What of webpack's loader context is used. */
interface LoaderContext {
  readonly resourcePath: string;
  getOptions(): HostOptions;
  callback(error: null, code: string, map?: unknown): void;
}

/** webpack calls the default export for each file. It runs first, so there is no map to compose with. */
export default function loader(this: LoaderContext, code: string, map: unknown): void {
  const made = transformFile(code, this.resourcePath, this.getOptions());
  if (made) this.callback(null, made.code, made.map);
  else this.callback(null, code, map);
}
