import { type Characters, characters, type Sequences, sequences, text } from "weftjs";

/** A text in the form that character models are trained on. */
export interface Book {
  readonly characters: Characters;
  readonly train: Sequences;
  /** What comes after it. */
  readonly test: Sequences;
}

/** Characters that are trained on at most: enough for a small model to learn to spell. */
const LENGTH = 400_000;

/** For so many characters that are trained on one is held out. */
const FOR_ONE_HELD_OUT = 10;

/** The text of a file, or Moby Dick. @throws W5001, W5024, W5008 for a text that is too short for both parts. */
export async function loadBook(file: string | undefined, sequence: number): Promise<Book> {
  return bookOf(await text(file), sequence);
}

/** The vocabulary is the whole text's, so that another part of it can be read as well. */
export function bookOf(content: string, sequence: number, limit: number = LENGTH): Book {
  const all = characters(content);
  const classes = all.encode(content);
  const length = Math.min(limit, Math.floor((classes.length * FOR_ONE_HELD_OUT) / (FOR_ONE_HELD_OUT + 1)));
  const end = length + Math.floor(length / FOR_ONE_HELD_OUT);
  return {
    characters: all,
    // The successor of the last character trained on is the first that is held out.
    train: sequences(classes.subarray(0, length + 1), sequence),
    test: sequences(classes.subarray(length, end), sequence),
  };
}
