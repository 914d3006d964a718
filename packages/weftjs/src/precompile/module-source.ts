/** JavaScript that is put into other JavaScript as it is. */
export class Code {
  constructor(readonly text: string) {}
}

/** Plain data as a JavaScript expression: what JSON cannot say is kept, and no text ends a script or a line early. */
export function sourceOf(value: unknown): string {
  if (value instanceof Code) return value.text;
  if (Array.isArray(value)) return `[${value.map(sourceOf).join(",")}]`;
  if (typeof value === "object" && value !== null) {
    const entries = Object.entries(value).filter(([, part]) => part !== undefined);
    return `{${entries.map(([key, part]) => `${keyOf(key)}:${sourceOf(part)}`).join(",")}}`;
  }
  if (typeof value === "string") return textOf(value);
  if (Object.is(value, -0)) return "-0";
  return value === undefined ? "void 0" : String(value);
}

function keyOf(key: string): string {
  if (key === "__proto__") return '["__proto__"]'; // Without brackets it would set the prototype.
  return /^[A-Za-z_$][\w$]*$/.test(key) ? key : textOf(key);
}

function textOf(text: string): string {
  return JSON.stringify(text).replace(/[\u2028\u2029]|<(?=[/!])/g, (character) =>
    character === "<" ? "\\x3c" : `\\u${character.charCodeAt(0).toString(16)}`,
  );
}
