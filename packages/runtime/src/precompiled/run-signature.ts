import { byteLength, type TensorType } from "@weftjs/ir/core";
import type { RuntimeCore } from "../runtime-core.js";
import type { Storage } from "../storage.js";
import type { Bound } from "./bind-arguments.js";
import { DeviceTensor } from "./device-tensor.js";
import type { ResultForm, Signature } from "./module-data.js";
import { uploadNumbers } from "./upload-numbers.js";

/** A captured tensor on the device. */
export interface LoadedConstant {
  readonly type: TensorType;
  readonly storage: Storage;
}

/** Queues one call, and gives its result: nothing is waited for. @throws W4050, W4051, W4073 */
export function runSignature(
  name: string,
  signature: Signature,
  { tensors, numbers }: Bound,
  constants: readonly LoadedConstant[],
  runtime: RuntimeCore,
): unknown {
  // What is not on the device yet gets a tensor too, for the length of the call or as long as it is a result.
  const given = tensors.map((tensor) =>
    tensor.value instanceof DeviceTensor
      ? tensor.value
      : new DeviceTensor(runtime, tensor.type, uploadNumbers(runtime, tensor)),
  );
  const outputs = enqueue(name, signature, given, numbers, constants, runtime);
  const returned = new Set<DeviceTensor>();
  const fill = (form: ResultForm): unknown => {
    switch (form.kind) {
      case "output":
        return outputs[form.output]!;
      case "argument":
        returned.add(given[form.argument]!);
        return given[form.argument]!;
      case "constant": {
        const { type, storage } = constants[form.constant]!;
        return new DeviceTensor(runtime, type, storage.retain());
      }
      case "number":
        return numbers[form.number];
      case "fixed":
        return form.value;
      case "list":
        return form.items.map(fill);
      case "object":
        return Object.fromEntries(form.items.map((item, k) => [form.keys[k]!, fill(item)]));
      case "map":
        return new Map(form.items.map((item, k) => [form.keys[k], fill(item)]));
      default:
        return form satisfies never;
    }
  };
  const result = fill(signature.result);
  given.forEach((tensor, k) => {
    if (returned.has(tensor)) return;
    if (tensor !== tensors[k]!.value) tensor.dispose();
    else if (signature.donated.includes(k)) tensor.consume(name);
  });
  return result;
}

function enqueue(
  name: string,
  { program, inputs, scalars }: Signature,
  given: readonly DeviceTensor[],
  numbers: readonly number[],
  constants: readonly LoadedConstant[],
  runtime: RuntimeCore,
): readonly DeviceTensor[] {
  // Also where nothing is computed: a tensor that is gone is no argument.
  const contents = given.map((tensor) => tensor.content());
  if (!program) return [];
  const outputs = program.outputs.map(({ type }) => runtime.allocate(byteLength(type)));
  runtime.enqueue({
    name,
    program: () => program,
    inputs: inputs.map((source) =>
      "argument" in source ? contents[source.argument]! : constants[source.constant]!.storage,
    ),
    scalars: scalars.map((k) => numbers[k]!),
    outputs,
  });
  return outputs.map((storage, k) => new DeviceTensor(runtime, program.outputs[k]!.type, storage));
}
