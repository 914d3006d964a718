import { type HostArray, jit, minibatch, type Tensor } from "weftjs";

/**
 * Compiles a measure: the mean of a loss over data that is not trained on, batch by batch. The loss is told the number
 * of the batch too; rows that fill no batch are left out.
 */
export function lossOn<Params, Name extends string>(
  arrays: Readonly<Record<Name, HostArray>>,
  batch: number,
  loss: (params: Params, batch: Record<Name, Tensor>, number: number) => Tensor,
): (params: Params) => Promise<number> {
  const rows = Object.values<HostArray>(arrays).map(({ shape }) => shape[0]!);
  const compiled = jit(loss, { name: "heldOut" });
  return async (params) => {
    let [sum, count] = [0, 0];
    for (const part of minibatch(arrays, { size: Math.min(batch, ...rows) })) {
      sum += await compiled(params, part, count++).item();
    }
    return sum / count;
  };
}
