import type { Origin, Tensor } from "../tensor.js";
import { computeEscapes } from "./escape.js";
import type { Session } from "./session.js";

/** What a tensor stands for whose own name for it is taken: it is bound in another trace, or gave its content back. */
export class EarlierValue implements Origin {
  constructor(
    readonly session: Session,
    readonly serial: number,
    readonly id: number,
  ) {}

  materialise(tensor: Tensor): void {
    const [content] = computeEscapes(this.session, [{ id: this.id, type: tensor.type }]);
    tensor.fill(content!);
    this.session.call?.noteTransient(tensor, this);
  }
}
