import { load, tensor, type Tensor, WeftError } from "weftjs";
import type { Book } from "./book.js";

/** Weights with the characters that their rows stand for, as `--save` writes them. */
export interface TextWeights<Params> {
  readonly params: Params;
  /** The code point of each class. */
  readonly vocabulary: Tensor;
}

export function withVocabulary<Params>(params: Params, book: Book): TextWeights<Params> {
  return { params, vocabulary: tensor(codePoints(book), { dtype: "int32" }) };
}

/**
 * The weights of a file that `--save` wrote, in the structure of `like`.
 *
 * @throws W5009 where they were trained on other characters; what `load` throws for a file that does not fit.
 */
export async function loadTextWeights<Params>(file: string, book: Book, like: Params): Promise<Params> {
  const { params, vocabulary } = await load(file, withVocabulary(like, book));
  const [own, others] = [codePoints(book), await vocabulary.data()];
  const position = own.findIndex((code, i) => code !== others[i]);
  if (position < 0) return params;
  const [needed, got] = [own[position]!, others[position]!].map((code) =>
    JSON.stringify(String.fromCodePoint(code)),
  );
  throw new WeftError({
    code: "W5009",
    message: `the weights of ${file} are for other characters: number ${position} of the text is ${needed}, of the weights ${got}`,
    hint: "give the text that they were trained on with --data",
  });
}

function codePoints({ characters }: Book): number[] {
  return characters.vocabulary.map((character) => character.codePointAt(0)!);
}
