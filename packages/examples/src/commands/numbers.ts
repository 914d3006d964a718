import { InvalidArgumentError } from "commander";

/** Reads a command-line option as a whole number of at least 1. */
export function positiveInteger(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1)
    throw new InvalidArgumentError("It needs a whole number above 0.");
  return value;
}

/** Reads a command-line option as a whole number of at least 0. */
export function count(text: string): number {
  const value = integer(text);
  if (value < 0) throw new InvalidArgumentError("It needs a whole number, 0 or more.");
  return value;
}

/** Reads a command-line option as a whole number. */
export function integer(text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !Number.isSafeInteger(value))
    throw new InvalidArgumentError("It needs a whole number.");
  return value;
}

/** Reads a command-line option as a finite number above 0. */
export function positiveNumber(text: string): number {
  const value = Number(text);
  if (!Number.isFinite(value) || value <= 0) throw new InvalidArgumentError("It needs a number above 0.");
  return value;
}
