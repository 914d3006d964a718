import { jit } from "weftjs";
import { defaults } from "../models/defaults.js";
import * as tree from "../models/expression-tree.js";
import type { Example } from "../training/example.js";
import type { TreeOptions } from "../training/options.js";
import { type Expression, type ExpressionSet, format, randomExpressions, shapeOf } from "./expression.js";

/** How many expressions are trained on, tested with and shown. */
const COUNTS = { train: 1000, test: 200, shown: 8 };

export const treeExample: Example<TreeOptions> = {
  title: "recursive net on expressions",
  defaults: defaults.tree,
  async run(options, monitor) {
    const set = expressionSet(options);
    const fresh = tree.init(options.hidden, options.seed);
    const { params, traces, replays } = await tree.train(set, options, monitor, fresh);
    return {
      weights: params,
      async show() {
        const shapes = new Set(set.train.map(shapeOf)).size;
        console.log(
          `${shapes} shapes of expression: the step was traced ${traces} times, replayed ${replays}\n`,
        );
        await showSome(params, set.test.slice(0, COUNTS.shown));
      },
    };
  },
};

/** Of these seeds the tests' is never a training's. */
function expressionSet({ gates, seed }: Pick<TreeOptions, "gates" | "seed">): ExpressionSet {
  return {
    train: randomExpressions(COUNTS.train, gates, 2 * seed),
    test: randomExpressions(COUNTS.test, gates, 2 * seed + 1),
  };
}

/** Expressions and how likely the net holds them to be true. */
async function showSome(params: tree.Params, expressions: readonly Expression[]): Promise<void> {
  const probability = jit((params: tree.Params, expression: Expression) =>
    tree.predict(params, expression).sigmoid(),
  );
  for (const expression of expressions) {
    const percent = 100 * (await probability(params, expression).item());
    console.log(`${percent.toFixed(0).padStart(3)} %  ${format(expression)}`);
  }
}
