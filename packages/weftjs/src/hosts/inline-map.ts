/** A comment that carries a source map with the code that it belongs to. */
export function inlineMap(map: object): string {
  const text = Buffer.from(JSON.stringify(map)).toString("base64");
  return `\n//# sourceMappingURL=data:application/json;base64,${text}\n`;
}
