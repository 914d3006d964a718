/** What counts its references. */
export interface Counted {
  release(): void;
}

/**
 * The reference that an object has. Given back when the object is garbage-collected, unless it was taken from it before.
 * Registered without a token: unregistering costs more than the rest of tracking does, a claim that holds nothing any
 * more is just passed over.
 */
export class Claim {
  constructor(
    private readonly reclamation: Reclamation,
    private content: Counted | null,
  ) {}

  /** The reference is the caller's from now on. False where it was taken before. */
  take(): boolean {
    if (this.content === null) return false;
    this.content = null;
    this.reclamation.tracked--;
    return true;
  }

  /** Gives the reference back; does nothing where it was taken. */
  release(): void {
    const { content } = this;
    if (this.take()) content!.release();
  }
}

/** Gives back the reference of an object that is garbage-collected. */
export class Reclamation {
  /** Objects that have a reference. */
  tracked = 0;
  // What it holds is the claim, never the owner: that would keep the owner alive.
  readonly #registry = new FinalizationRegistry<Claim>((claim) => claim.release());

  /** Hands one reference of `content` to `owner`. */
  track(owner: object, content: Counted): Claim {
    const claim = new Claim(this, content);
    this.tracked++;
    this.#registry.register(owner, claim);
    return claim;
  }
}
