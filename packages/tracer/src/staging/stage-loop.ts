import type { TensorType } from "@weftjs/ir";
import { whileLoop } from "../control/index.js";
import { full } from "../functions/index.js";
import type { Tensor } from "../tensor.js";
import { decide, truth } from "./condition.js";
import { type Journal, undo } from "./journal.js";
import { at, isTensor } from "./operands.js";
import { Outcome } from "./outcome.js";
import { Places } from "./places.js";
import { asTrace, inRegion } from "./regions.js";
import { aliased, isTemporary, joined, pick, type Variables } from "./variables.js";

const BEFORE = "before the loop";
const AFTER = "after an iteration";
/** Types and places are found in turn. */
const ROUNDS = 8;

/** The types of the leaves, as far as they are decided. */
type Wanted = readonly (TensorType | null)[];

/** What a loop carries is more than was known when its body began to be traced: it is traced again. */
class Again {
  constructor(
    /** A number before the loop is another kind of tensor after an iteration, and has to be that from the start. */
    readonly types: Wanted,
    /** An iteration changes what was not carried. */
    readonly places: Places,
    /**
     * Whether all places are known. What the next iteration changes besides was made in it: the same code has just been
     * run, and did not change that.
     */
    readonly isSettled: boolean,
  ) {}
}

/**
 * Repeats a body on the device while `test` gives a tensor that holds. What it carries are the variables, and what its
 * iterations change elsewhere.
 *
 * @throws W1053 where a variable does not stay of one kind; W1054 where the condition changes something; W1055 for a
 * condition of several elements; W1056 where an object does not keep its elements and properties.
 */
export function stageLoop(
  test: () => unknown,
  body: () => void,
  variables: Variables,
  site: number,
  key: object,
): void {
  const own = withoutTemporaries(variables);
  const before = own.get();
  let again = new Again([], new Places([]), false);
  for (let round = 0; ; round++) {
    try {
      return run(test, body, own, before, site, key, again);
    } catch (error) {
      own.set(before);
      again.places.restore();
      if (!(error instanceof Again) || round === ROUNDS) throw error;
      again = error;
    }
  }
}

function run(
  test: () => unknown,
  body: () => void,
  own: Variables,
  before: readonly unknown[],
  site: number,
  key: object,
  { types, places, isSettled }: Again,
): void {
  const carried = joined(own, places.variables());
  const start = new Outcome(carried.names, [...before, ...places.variables().get()]);
  const last = asTrace("while", key, [before, start.data()], site, () =>
    new Staging(test, body, own, places, carried, start, site, types, isSettled).stage(),
  );
  carried.set(start.filled(last));
}

/** Variables that each iteration gives a value before it reads them may have none at the start. */
function withoutTemporaries(variables: Variables): Variables {
  const values = variables.get();
  const isCarried = (name: string, k: number): boolean => !isTemporary(name) || values[k] !== undefined;
  const kept = variables.names.flatMap((name, k) => (isCarried(name, k) ? [k] : []));
  return pick(variables, kept);
}

class Staging {
  private isUnchanged: readonly boolean[] = [];

  constructor(
    private readonly test: () => unknown,
    private readonly body: () => void,
    private readonly own: Variables,
    private readonly places: Places,
    private readonly carried: Variables,
    private readonly start: Outcome,
    private readonly site: number,
    private readonly wanted: Wanted,
    private readonly isSettled: boolean,
  ) {}

  /** Gives the data of the variables after the loop; what no iteration changes stays as it was. */
  stage(): readonly unknown[] {
    const { start, wanted } = this;
    const last = whileLoop(
      (carry: readonly Tensor[]) => this.goesOn(carry),
      (carry: readonly Tensor[]) => this.iterate(carry),
      start.tensors(wanted),
    );
    const first = start.data();
    return last.map((tensor, k) => (this.isUnchanged[k] ? first[k] : tensor));
  }

  private goesOn(carry: readonly Tensor[]): Tensor {
    const { site, carried, start, test } = this;
    carried.set(start.filled(carry));
    const holds = inRegion((journal) => {
      const holds = test();
      if (journal.changes().length > 0) decide(holds, "assignment", site);
      return holds;
    });
    return at(site, () => (isTensor(holds) ? truth(holds) : constant(Boolean(holds))));
  }

  private iterate(carry: readonly Tensor[]): readonly Tensor[] {
    const { carried, start, wanted, places } = this;
    carried.set(start.filled(carry));
    const [after, found] = inRegion((journal) => {
      this.body();
      const after = new Outcome(carried.names, carried.get());
      at(this.site, () => places.check());
      return [after, this.foundIn(journal)];
    });
    if (found.count > places.count && !this.isSettled) throw new Again(wanted, found, true);
    const types = start.agreeWith(after, BEFORE, AFTER);
    // On a tensor the body may take ways that it did not take on a number.
    if (start.isWidenedBy(types, wanted)) throw new Again(types, places, false);
    const data = after.data();
    this.isUnchanged = carry.map((tensor, k) => Object.is(tensor, data[k]));
    return after.tensors(types);
  }

  /** What has to be carried too: all that the body changes elsewhere. That is undone. */
  private foundIn(journal: Journal): Places {
    const changes = journal.changes();
    const found = this.places.with(changes.filter((change) => !aliased(change, this.own)));
    undo(changes);
    return found;
  }
}

function constant(holds: boolean): Tensor {
  return full([], Number(holds), { dtype: "bool" });
}
