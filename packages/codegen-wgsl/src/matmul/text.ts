/** 0, 1, … count - 1: what a template repeats. */
export const range = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

/** One line for each of 0, 1, … count - 1. */
export const repeat = (count: number, line: (index: number) => string): string =>
  range(count).map(line).join("\n");

/** Component `index` of a vec4 expression. */
export const component = (vector: string, index: number): string => `${vector}.${"xyzw"[index]}`;

/** `base + offset`, without the noise of adding nothing. */
export const plus = (base: string, offset: number): string => (offset === 0 ? base : `${base} + ${offset}`);
