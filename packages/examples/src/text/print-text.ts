import type { Characters } from "weftjs";

/** Prints a text while it is being made, character by character, with a line's end behind it. Nothing for no text. */
export async function printText(classes: AsyncIterable<number>, characters: Characters): Promise<void> {
  let isEmpty = true;
  for await (const one of classes) {
    if (isEmpty) process.stdout.write("\n");
    isEmpty = false;
    process.stdout.write(characters.decode([one]));
  }
  if (!isEmpty) process.stdout.write("\n");
}
