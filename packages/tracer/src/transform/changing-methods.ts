/** Methods that change the array, map, set or iterator that they are called on. */
export const CHANGING_METHODS: ReadonlySet<string> = new Set(
  "push pop shift unshift splice sort reverse fill set add delete clear copyWithin next".split(" "),
);
