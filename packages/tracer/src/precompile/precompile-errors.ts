import { type SourceLocation, WeftError } from "@weftjs/ir";
import type { Captured } from "../trace/guards.js";
import { codeFrame } from "../trace/source-location.js";

/** Why a function cannot be compiled ahead of time. docs/errors.md explains every code. */

type Place = SourceLocation | null | undefined;

export function notProven(name: string, obstacles: readonly string[], place: Place): WeftError {
  return at(place, {
    code: "W1070",
    message: `nothing proves that ${name} depends on its arguments alone, and what it is now would be compiled in`,
    notes: obstacles,
    hint: "pass what changes as an argument; pure(f) vouches for a function, --trust for all of them",
  });
}

export function makesOtherData(name: string, type: string): WeftError {
  return new WeftError({
    code: "W1070",
    message: `${name} makes a tensor with other elements at each call (${type})`,
    hint: "make it outside and pass it as an argument",
  });
}

export function capturedChanges({ by, name, changedAt }: Captured): WeftError {
  return at(changedAt, {
    code: "W1071",
    message: `${by} captures ${name}, which is given another value here; compiled ahead of time it would never change`,
    hint: "pass it as an argument, or make it a const; --trust takes the value that it has once the module is loaded",
  });
}

const NUMBER_DECIDES = "W1072";
const DECIDE_OTHERWISE =
  "write the number itself in --precompile, once for each value there is; or decide by a tensor, with where or cond";

/** `numbers`: `lr = 0.5`, one of those that were tried. */
export function decidesBy(name: string, numbers: string, place: Place): WeftError {
  return at(place, {
    code: NUMBER_DECIDES,
    message: `JavaScript decides here by a number that is passed to ${name} at run time (tried with ${numbers})`,
    hint: DECIDE_OTHERWISE,
  });
}

/** `numbers`: `lr = 0.5`; null where nothing is different. */
export function otherWay(name: string, numbers: string | null, place: Place): WeftError {
  return at(place, {
    code: NUMBER_DECIDES,
    message: numbers
      ? `${name} does something else for ${numbers}, a number that is passed at run time`
      : `${name} does something else each time that it is called`,
    hint: numbers ? DECIDE_OTHERWISE : "what is compiled ahead of time has to be the same at each call",
  });
}

export function throwsFor(name: string, numbers: string, cause: unknown): WeftError {
  const reason = cause instanceof WeftError ? cause.details.message : String(cause);
  return new WeftError({
    code: NUMBER_DECIDES,
    message: `${name} fails for ${numbers}, which a page could pass: ${reason}`,
    location: cause instanceof WeftError ? cause.location : undefined,
    frame: cause instanceof WeftError ? cause.details.frame : undefined,
    hint: "write the number itself in --precompile, once for each value there is; or pass a tensor, as an index for take",
    cause,
  });
}

export function computedNumber(name: string, place: Place): WeftError {
  return at(place, {
    code: "W1073",
    message: `JavaScript computes a number from the arguments of ${name}, and a compiled function runs no JavaScript`,
    hint: "multiply the tensor by one number after the other, pass the computed number, or pass a tensor f32[] instead",
  });
}

export function resultUnknown(name: string, value: unknown): WeftError {
  const what = typeof value === "object" ? (value?.constructor?.name ?? "an object") : typeof value;
  return new WeftError({
    code: "W1074",
    message: `the result of ${name} holds something that cannot be compiled: ${what}`,
    hint: "return tensors, numbers, strings, booleans, null, and arrays, plain objects and Maps of them",
  });
}

export function waits(name: string, promise: PromiseLike<unknown>): WeftError {
  promise.then(undefined, () => undefined); // Its own failure, if any, is beside the point.
  return new WeftError({
    code: "W1075",
    message: `${name} is async: what it reads decides what it computes next, and only JavaScript could say`,
    hint: "precompile the functions between two reads, or decide by tensors: where, cond, whileLoop",
  });
}

export function escapes(name: string, place: Place): WeftError {
  return at(place, {
    code: "W1075",
    message: `${name} keeps a value for a later call, which a compiled function cannot`,
    hint: "return the value, and pass it as an argument next time",
  });
}

function at(place: Place, details: ConstructorParameters<typeof WeftError>[0]): WeftError {
  return new WeftError({ ...details, location: place ?? undefined, frame: codeFrame(place ?? undefined) });
}
