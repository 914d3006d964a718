/**
 * The WGSL of a helper function for both widths: `F`, `I`, `U`, `B` stand for the float, signed, unsigned and
 * bool type of the width, `@name` for another helper of the same width, `@@name` for one of a single lane. A
 * pair has a template for each width.
 */
export type Template = string | readonly [string, string];

/** Helpers by name; the names stand in the type, so that a call of one that is missing does not compile. */
export type Templates<Names extends string> = Readonly<Record<Names, Template>>;
