import { accuracy, jit, type LabelledImages, minibatch, type Tensor } from "weftjs";

/** Images at once: what a convolution makes of all would not fit into one buffer. */
const BATCH = 1000;

/**
 * Compiles a measure of `predict`: the share of images whose largest logit is at their label. The images are
 * copied to the device once, here, and serve every call.
 */
export function accuracyOn<Params>(
  { x, y }: LabelledImages,
  predict: (params: Params, x: Tensor) => Tensor,
): (params: Params) => Promise<number> {
  const count = x.shape[0]!;
  const batches = [...minibatch({ x, y }, { size: Math.min(BATCH, count), partial: true })];
  const share = jit((params: Params, x: Tensor, y: Tensor) => accuracy(predict(params, x), y), {
    name: "accuracy",
  });
  return async (params) => {
    const shares = await Promise.all(batches.map(({ x, y }) => share(params, x, y).item()));
    return shares.reduce((sum, value, i) => sum + (value * batches[i]!.y.size) / count, 0);
  };
}
