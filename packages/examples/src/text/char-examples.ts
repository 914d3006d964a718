import * as lstm from "../models/char-lstm.js";
import * as transformer from "../models/char-transformer.js";
import { defaults } from "../models/defaults.js";
import type { Example } from "../training/example.js";
import type { TextOptions } from "../training/options.js";
import { loadBook } from "./book.js";
import { printText } from "./print-text.js";
import { loadTextWeights, withVocabulary } from "./weights.js";

export const charlm: Example<TextOptions> = {
  title: "character LSTM",
  defaults: defaults.charlm,
  async run(options, monitor) {
    const book = await loadBook(options.data, options.seq);
    const fresh = lstm.init(book.characters.vocabulary.length, options.hidden, options.seed);
    const start = options.load === undefined ? fresh : await loadTextWeights(options.load, book, fresh);
    const params = await lstm.train(book, options, monitor, start);
    return {
      weights: withVocabulary(params, book),
      show: () => printText(lstm.generate(params, options), book.characters),
    };
  },
};

export const charTransformer: Example<TextOptions> = {
  title: "character transformer",
  defaults: defaults.transformer,
  async run(options, monitor) {
    const book = await loadBook(options.data, options.seq);
    const size = book.characters.vocabulary.length;
    const fresh = transformer.init(size, options.seq, options.hidden, options.seed);
    const start = options.load === undefined ? fresh : await loadTextWeights(options.load, book, fresh);
    const params = await transformer.train(book, options, monitor, start);
    return {
      weights: withVocabulary(params, book),
      show: () => printText(transformer.generate(params, options), book.characters),
    };
  },
};
