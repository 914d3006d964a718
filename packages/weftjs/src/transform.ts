export * from "@weftjs/tracer/transform";
