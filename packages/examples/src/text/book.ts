import { type Characters, characters, type Sequences, sequences, text } from "weftjs";

/** A text in the form that character models are trained on. */
export interface Book {
  readonly characters: Characters;
  readonly train: Sequences;
  /** The end of the text, which is not trained on. */
  readonly test: Sequences;
}

/** Characters that are used: enough for a small model to learn to spell. */
const LENGTH = 400_000;

/** The share that is held out. */
const HELD_OUT = 0.1;

/** The text of a file, or Moby Dick. @throws W5001, W5024, W5008 for a text that is too short for both parts. */
export async function loadBook(file: string | undefined, sequence: number): Promise<Book> {
  return bookOf(await text(file), sequence);
}

/** The vocabulary is the whole text's, so that another part of it can be read as well. */
export function bookOf(content: string, sequence: number, length: number = LENGTH): Book {
  const all = characters(content);
  const classes = all.encode(content).subarray(0, length);
  const end = Math.round(classes.length * (1 - HELD_OUT));
  return {
    characters: all,
    train: sequences(classes.subarray(0, end), sequence),
    test: sequences(classes.subarray(end), sequence),
  };
}
