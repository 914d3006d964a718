import { WeftError } from "@weftjs/ir";
import type { HostArray } from "./host-array.js";

/** The characters of a text as classes, numbered from 0 in the order of their code points. */
export interface Characters {
  /** The character of each class. */
  readonly vocabulary: readonly string[];
  /** The classes of a text's characters. @throws W5007 for one that is not in the vocabulary. */
  encode(text: string): Int32Array;
  /** The text that classes stand for. @throws W5007 for a number that is no class. */
  decode(classes: Iterable<number>): string;
}

/** Numbers the characters (code points, so that no pair of surrogates is torn) that occur in a text. */
export function characters(text: string): Characters {
  const vocabulary = [...new Set(text)].sort((a, b) => a.codePointAt(0)! - b.codePointAt(0)!);
  const classOf = new Map(vocabulary.map((character, i) => [character, i]));
  return {
    vocabulary,
    encode: (text) => Int32Array.from([...text], (character) => classOf.get(character) ?? unknown(character)),
    decode: (classes) => Array.from(classes, (i) => vocabulary[i] ?? unknown(i)).join(""),
  };

  function unknown(what: string | number): never {
    throw new WeftError({
      code: "W5007",
      message: `${JSON.stringify(what)} is none of the ${vocabulary.length} characters of the vocabulary`,
      hint: "number the characters of a text that has them all",
    });
  }
}

/** What a model that foretells a sequence is trained on. */
export interface Sequences {
  /** [count, length] int32: the input. */
  readonly x: HostArray;
  /** [count, length] int32: what follows each element of `x`. */
  readonly y: HostArray;
}

/**
 * Cuts classes into sequences of `length`, end to end, each with its successors; what fills no sequence is left out.
 *
 * @throws W5008 where there are too few for one.
 */
export function sequences(classes: Int32Array, length: number): Sequences {
  const count = Math.floor((classes.length - 1) / length);
  if (!Number.isInteger(length) || length < 1 || count < 1) {
    throw new WeftError({
      code: "W5008",
      message: `sequences of ${length} characters need a text of at least ${length + 1}, got ${classes.length}`,
      hint: "take a longer text, or shorter sequences",
    });
  }
  const shape = [count, length];
  return {
    x: { data: classes.subarray(0, count * length), shape },
    y: { data: classes.subarray(1, count * length + 1), shape },
  };
}
