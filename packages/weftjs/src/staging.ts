export * from "@weftjs/tracer/staging";
