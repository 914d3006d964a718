import { load, mnist, type Tensor } from "weftjs";
import { defaults } from "../models/defaults.js";
import * as vae from "../models/mnist-vae.js";
import type { Example } from "../training/example.js";
import type { PictureOptions } from "../training/options.js";
import { blocks, contactSheet } from "./picture.js";
import { savePng } from "./save-png.js";

const SIDE = 28;

/** Images beside each other: in a terminal, a column each pixel; in a file. */
const COLUMNS = { terminal: 4, file: 10 };

export const vaeExample: Example<PictureOptions> = {
  title: "variational autoencoder on MNIST",
  defaults: defaults.vae,
  async run(options, monitor) {
    const fresh = vae.init(options.hidden, options.seed);
    const start = options.load === undefined ? fresh : await load(options.load, fresh);
    const params = options.epochs > 0 ? await vae.train(await mnist(), options, monitor, start) : start;
    return { weights: params, show: () => showDigits(params, options) };
  },
};

async function showDigits(params: vae.Params, options: PictureOptions): Promise<void> {
  if (options.generate === 0) return;
  const digits = await contentOf(vae.generate(params, options));
  console.log(`\n${blocks(contactSheet(digits, SIDE, COLUMNS.terminal))}`);
  if (options.out === undefined) return;
  await savePng(options.out, contactSheet(digits, SIDE, COLUMNS.file));
  console.log(`drawn to ${options.out}`);
}

async function contentOf(images: Tensor): Promise<{ data: Float32Array; shape: readonly number[] }> {
  return { data: Float32Array.from(await images.data()), shape: images.shape };
}
