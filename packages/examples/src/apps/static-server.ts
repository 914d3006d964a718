import { readFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join, normalize } from "node:path";

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html",
  ".js": "text/javascript",
  ".map": "application/json",
};

export interface StaticServer {
  /** `http://localhost:…/`, where `folder` stands. */
  readonly url: string;
  close(): void;
}

/** Serves the files of a folder to this machine, at a port that is free. */
export async function serve(folder: string): Promise<StaticServer> {
  const server: Server = createServer((request, response) => {
    const path = normalize(decodeURIComponent(new URL(request.url!, "http://localhost").pathname));
    readFile(join(folder, path.endsWith("/") ? `${path}index.html` : path)).then(
      (content) => {
        response.setHeader("content-type", TYPES[extname(path) || ".html"] ?? "application/octet-stream");
        response.end(content);
      },
      () => response.writeHead(404).end(),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, "localhost", resolve));
  const { port } = server.address() as AddressInfo; // listening on a port, not on a pipe
  return { url: `http://localhost:${port}/`, close: () => server.close() };
}
