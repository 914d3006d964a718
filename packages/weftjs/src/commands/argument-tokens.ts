import { WeftError } from "@weftjs/ir";

/** Punctuation, a quoted string, or a word: a name, a number, a dtype. */
const TOKEN = /\s*(?:([[\]{},:])|"((?:[^"\\]|\\.)*)"|([\w.+-]+))/y;

interface Token {
  readonly kind: "mark" | "string" | "word";
  readonly text: string;
}

/** The text of `--args`, piece by piece. */
export interface Tokens {
  /** The text of the next piece; a quotation mark for a string. */
  peek(): string | undefined;
  take(wanted: string): Token;
  expect(mark: string): void;
  fault(reason: string): WeftError;
}

/** Cuts the text into its pieces. W5012 at the first that is none. */
export function tokenize(text: string): Tokens {
  const tokens: Token[] = [];
  const pattern = new RegExp(TOKEN); // its own place in the text
  const end = text.trimEnd().length;
  while (pattern.lastIndex < end) {
    const start = pattern.lastIndex;
    const match = pattern.exec(text);
    if (!match) throw fault(text, `there is no sense in ${JSON.stringify(text.slice(start, start + 10))}`);
    const [, mark, quoted, word] = match;
    if (mark !== undefined) tokens.push({ kind: "mark", text: mark });
    else if (quoted !== undefined) tokens.push({ kind: "string", text: quoted.replace(/\\(.)/g, "$1") });
    else tokens.push({ kind: "word", text: word! });
  }
  let next = 0;
  const take = (wanted: string): Token => {
    const token = tokens[next++];
    if (!token) throw fault(text, `${wanted} is missing at the end`);
    return token;
  };
  return {
    peek: () => (tokens[next]?.kind === "string" ? '"' : tokens[next]?.text),
    take,
    expect(mark) {
      const token = take(`"${mark}"`);
      if (token.kind !== "mark" || token.text !== mark)
        throw fault(text, `needed "${mark}", got "${token.text}"`);
    },
    fault: (reason) => fault(text, reason),
  };
}

/** W5012 */
export function fault(text: string, reason: string): WeftError {
  return new WeftError({
    code: "W5012",
    message: `cannot read the arguments ${JSON.stringify(text)}: ${reason}`,
    hint: 'write them as in a call, tensors as types: "f32[10,784], { w: f32[784,10] }, 0.1"',
  });
}
