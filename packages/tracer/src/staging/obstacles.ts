/** What keeps a tensor from deciding. */
export type Obstacle =
  | "break"
  | "return"
  | "iterator"
  | "await"
  | "yield"
  | "throw"
  | "variable"
  | "closure"
  | "assignment"
  | "switch"
  | "answer"
  | "name"
  | "chain"
  | "function";

/** Why a tensor cannot decide at a place: what stands there, and what to write instead. */
export const OBSTACLES: Readonly<Record<Obstacle, readonly [reason: string, hint: string]>> = {
  break: [
    "a jump to a label, or out of a try, a switch or a block of its own, cannot be compiled",
    "write the condition into the head of the loop: while (!done && …)",
  ],
  return: [
    "a return out of a try, a switch or a block of its own cannot be compiled",
    "assign to a variable, and return it after the end",
  ],
  iterator: [
    "how far the iterator is asked for values would depend on it",
    "loop over an array: for (const x of [...values])",
  ],
  await: ["await inside or after it cannot be compiled", "await before the condition"],
  yield: ["yield inside or after it cannot be compiled", "yield before or after, not in between"],
  throw: [
    "an exception is thrown while the function is traced, whatever the tensor's value",
    "choose a value, as in where(c, x, NaN), or await the tensor and throw outside of traced functions",
  ],
  variable: [
    "a variable declared inside is used outside of it",
    "declare the variable before it with let, and functions before they are used",
  ],
  closure: [
    "a function inside keeps a variable of the loop's head, of which each iteration has its own",
    "copy it to a const in the body",
  ],
  assignment: ["its condition assigns a variable", "assign in the body of the loop"],
  switch: ["switch compares with ===", "write if (equal(x, 1)) … else …"],
  answer: [
    "the array's method takes every tensor for true",
    "make one tensor of the array with stack, and ask any(…), all(…) or where(…) of that; or await the answer's item()",
  ],
  name: ["a function without a name cannot be chosen by it", "write if (…) instead of the assignment"],
  chain: ["?.[ ] with await or yield in it cannot read its elements", "put the key into a variable before"],
  function: ["a function is declared as its branch", "put it into a block"],
};
