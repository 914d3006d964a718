import { isFloat, type DType } from "@weftjs/ir";
import { concat, split } from "../functions/joining.js";
import { ravel, reshape } from "../functions/shape.js";
import { Tensor } from "../tensor.js";
import { userError } from "../trace/user-error.js";
import { flatten, unflatten } from "../tree/tree.js";

/** Parameters above so many elements are vectors of their own: one kernel updates all that belongs to such a one. */
const LARGE = 1 << 16;

/**
 * How the parameters of a tree are laid out in vectors, one vector a moment of them: the small ones, of one dtype,
 * one after another in the order of the tree, each large one alone. A kernel can bind few tensors; ten parameters
 * with two moments each would be 70 bindings, in vectors they are 34.
 */
export interface Layout {
  /** For each vector, which of the tree's leaves it holds. */
  readonly vectors: readonly (readonly number[])[];
  readonly sizes: readonly number[];
}

export function layoutOf(params: unknown): Layout {
  const { leaves } = flatten(params);
  const vectors: number[][] = [];
  const shared = new Map<DType, number[]>();
  leaves.forEach((leaf, k) => {
    if (!isParameter(leaf)) return;
    const together = leaf.size > LARGE ? undefined : shared.get(leaf.dtype);
    if (together) return void together.push(k);
    const own = [k];
    vectors.push(own);
    if (leaf.size <= LARGE) shared.set(leaf.dtype, own);
  });
  return { vectors, sizes: leaves.map((leaf) => (isParameter(leaf) ? leaf.size : 0)) };
}

/** Only floats can be moved along a gradient. What else is in the tree stays as it is. */
function isParameter(leaf: unknown): leaf is Tensor {
  return leaf instanceof Tensor && isFloat(leaf.dtype);
}

/**
 * A number for each element of the parameters, to be had as the layout's vectors or as one vector a parameter. Both
 * are made when they are asked for: state is written as vectors, parameters piece by piece, and neither pays for the
 * other.
 */
export class Packed {
  #vectors: readonly Tensor[] | undefined;
  #pieces: readonly Tensor[] | undefined;

  private constructor(
    readonly layout: Layout,
    private readonly makeVectors: (self: Packed) => readonly Tensor[],
    private readonly makePieces: (self: Packed) => readonly Tensor[],
  ) {}

  /** From a tree with the structure of the parameters. @throws W1030 for another. */
  static ofTree(layout: Layout, tree: unknown): Packed {
    const { leaves } = flatten(tree);
    const pieces = layout.vectors.flat().map((k) => {
      const leaf = leaves[k];
      if (leaf instanceof Tensor && leaf.size === layout.sizes[k] && leaves.length === layout.sizes.length)
        return leaf;
      throw otherParameters(
        `leaf ${k} of the parameters has ${layout.sizes[k]} elements, what came with it ${leaf instanceof Tensor ? leaf.size : "none"}`,
      );
    });
    return Packed.#ofPieces(layout, () => pieces.map(ravel));
  }

  /** From vectors of the layout: what is in memory as such. @throws W1030 for those of another. */
  static ofVectors(layout: Layout, vectors: readonly Tensor[]): Packed {
    layout.vectors.forEach((leaves, k) => {
      const size = leaves.reduce((total, leaf) => total + layout.sizes[leaf]!, 0);
      if (vectors.length !== layout.vectors.length || vectors[k]!.size !== size) throw otherParameters();
    });
    return new Packed(
      layout,
      () => vectors,
      () =>
        layout.vectors.flatMap(
          (leaves, k) =>
          leaves.length === 1 ? [vectors[k]!] : split(vectors[k]!, leaves.map((leaf) => layout.sizes[leaf]!)), // prettier-ignore
        ),
    );
  }

  static #ofPieces(layout: Layout, pieces: () => readonly Tensor[]): Packed {
    return new Packed(
      layout,
      (self) => {
        let from = 0;
        return layout.vectors.map((leaves) => {
          const own = self.pieces.slice(from, (from += leaves.length));
          return own.length === 1 ? own[0]! : concat(own);
        });
      },
      pieces,
    );
  }

  get vectors(): readonly Tensor[] {
    return (this.#vectors ??= this.makeVectors(this));
  }

  get pieces(): readonly Tensor[] {
    return (this.#pieces ??= this.makePieces(this));
  }

  /** Element by element. */
  map(f: (x: Tensor) => Tensor): Packed {
    return this.zip(f);
  }

  /** Element by element, with others of the same layout. */
  zip(f: (x: Tensor, ...others: Tensor[]) => Tensor, ...others: readonly Packed[]): Packed {
    return new Packed(
      this.layout,
      () => this.vectors.map((x, k) => f(x, ...others.map((other) => other.vectors[k]!))),
      () => this.pieces.map((x, k) => f(x, ...others.map((other) => other.pieces[k]!))),
    );
  }

  /** As state: written to memory as vectors, from which all later use reads. */
  stored(): Packed {
    return Packed.ofVectors(this.layout, this.vectors);
  }

  /** The tree `like` with these numbers in place of its parameters. */
  intoTree<T>(like: T): T {
    const { leaves, structure } = flatten(like);
    this.layout.vectors.flat().forEach((leaf, k) => {
      leaves[leaf] = reshape(this.pieces[k]!, (leaves[leaf] as Tensor).shape);
    });
    return unflatten(structure, leaves) as T; // the same structure, the same kinds of leaves
  }
}

export function otherParameters(...notes: readonly string[]): Error {
  return userError({
    code: "W1030",
    message: "an optimizer needs gradients and state with the structure of the parameters",
    notes,
    hint: "take the state from init(params) with these very parameters",
  });
}
