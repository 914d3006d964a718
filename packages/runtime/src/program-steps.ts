import type { Loop, Program } from "@weftjs/ir/core";

/** The number of a dispatch, or what runs again and again. */
export type Step = number | LoopSteps;

export interface LoopSteps {
  readonly loop: Loop;
  readonly body: readonly Step[];
  /** Slots that its iterations write a row of each, where there is no telling how many. */
  readonly tapes: readonly number[];
  /** Iterations that a loop without known count took the last time: as many are tried at first the next time. */
  lastTrips: number;
}

/** The dispatches of a program as a tree: loops stand where their first dispatch does. */
export function stepsOf(program: Program): readonly Step[] {
  const { dispatches, loops } = program;
  let next = 0;
  const between = (first: number, end: number): Step[] => {
    const steps: Step[] = [];
    for (let dispatch = first; dispatch < end;) {
      const loop = loops[next];
      if (loop?.first !== dispatch || loop.end > end) {
        steps.push(dispatch++);
        continue;
      }
      next++;
      const body = between(loop.first, loop.end);
      steps.push({ loop, body, tapes: tapesOf(program, body), lastTrips: 0 });
      dispatch = loop.end;
    }
    return steps;
  };
  return between(0, dispatches.length);
}

function tapesOf({ dispatches, kernels, slots }: Program, body: readonly Step[]): readonly number[] {
  const written = body.flatMap((step) => {
    if (typeof step !== "number") return [];
    const { kernel, slots: bound } = dispatches[step]!;
    return bound.filter((_, k) => kernels[kernel]!.bindings[k] === "read_write");
  });
  return [...new Set(written)].filter((slot) => slots[slot]?.kind === "tape");
}
