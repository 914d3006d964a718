import { argmax, equal, jit, type LabelledImages, mean, tensor, type Tensor } from "weftjs";

/**
 * Compiles a measure of `predict`: the share of images whose largest logit is at their label. The images are
 * copied to the device once, here, and serve every call.
 */
export function accuracyOn<Params>(
  images: LabelledImages,
  predict: (params: Params, x: Tensor) => Tensor,
): (params: Params) => Promise<number> {
  const x = tensor(images.x.data, { shape: images.x.shape });
  const y = tensor(images.y.data, { shape: images.y.shape });
  const share = jit((params: Params, x: Tensor, y: Tensor) => {
    const guesses = argmax(predict(params, x), { axis: -1 });
    return mean(equal(guesses, y).astype("float32"));
  });
  return async (params) => share(params, x, y).item();
}
