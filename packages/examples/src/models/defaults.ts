/**
 * What each model is trained with unless the user asks for something else. A file without imports, so that `--help`
 * tells it without loading a model.
 */
export const defaults = {
  housing: { epochs: 10, batch: 506, lr: 0.1, seed: 0, isEager: false },
  newton: { epochs: 8, batch: 506, lr: 1, seed: 0, isEager: false },
  softmax: { epochs: 10, batch: 100, lr: 0.5, seed: 1, isEager: false },
  mlp: { epochs: 10, batch: 100, lr: 0.5, seed: 1, isEager: false },
  lenet: { epochs: 1, batch: 100, lr: 1e-3, seed: 1, isEager: false },
  vae: { epochs: 3, batch: 100, lr: 1e-3, seed: 1, isEager: false, hidden: 200, generate: 8 },
  charlm: {
    epochs: 1,
    batch: 50,
    lr: 2e-3,
    seed: 1,
    isEager: false,
    seq: 50,
    hidden: 128,
    generate: 0,
    temperature: 0.8,
  },
  transformer: {
    epochs: 1,
    batch: 32,
    lr: 3e-3,
    seed: 1,
    isEager: false,
    seq: 32,
    hidden: 64,
    generate: 0,
    temperature: 0.8,
  },
  tree: { epochs: 1, batch: 1, lr: 1e-2, seed: 1, isEager: false, hidden: 16, gates: 3 },
} as const;
