import { formatType } from "@weftjs/ir";
import type { ArgumentForm, Constant, PrecompiledModule, ResultForm, Signature } from "@weftjs/runtime";
import { type CapturedTensor, precompile, type PrecompileOptions } from "@weftjs/tracer/precompile";
import type { AnyFunction } from "../index.js";
import { needsOf } from "./device-needs.js";

/** A function to compile, and for which arguments. */
export interface PrecompileRequest {
  /** What it is called in the module. */
  readonly name: string;
  readonly f: AnyFunction;
  readonly forms: readonly ArgumentForm[];
  /** The arguments as they were written. */
  readonly text: string;
}

export interface CompiledCall {
  readonly name: string;
  readonly signature: Signature;
  readonly frozen: readonly string[];
  readonly doubts: readonly string[];
  readonly captured: readonly string[];
}

export interface CompiledFunctions {
  readonly module: PrecompiledModule;
  /** One a request, in order. */
  readonly calls: readonly CompiledCall[];
}

/** Compiles functions, one after the other; what several of them capture is in the module once. */
export async function compileFunctions(
  requests: readonly PrecompileRequest[],
  options: PrecompileOptions,
): Promise<CompiledFunctions> {
  const captured: CapturedTensor[] = [];
  const calls: CompiledCall[] = [];
  for (const { name, f, forms, text } of requests) {
    const made = await precompile(f, forms, { ...options, name });
    const places = made.captured.map((one) => {
      const known = captured.findIndex(({ tensor }) => tensor === one.tensor);
      return known >= 0 ? known : captured.push(one) - 1;
    });
    calls.push({
      name,
      signature: { ...renumbered(made.signature, places), text: `${name}(${text})` },
      frozen: made.frozen,
      doubts: made.doubts,
      captured: made.captured.map(({ tensor }) => formatType(tensor.type)),
    });
  }
  const names = [...new Set(calls.map(({ name }) => name))];
  const module: PrecompiledModule = {
    functions: names.map((name) => ({
      name,
      signatures: calls.filter((call) => call.name === name).map(({ signature }) => signature),
    })),
    constants: captured.map(constantOf),
    needs: needsOf(calls.flatMap(({ signature }) => signature.program ?? [])),
  };
  return { module, calls };
}

function constantOf({ tensor, content }: CapturedTensor): Constant {
  return { type: tensor.type, content: Buffer.from(content).toString("base64") };
}

function renumbered(signature: Omit<Signature, "text">, places: readonly number[]): Omit<Signature, "text"> {
  const result = (form: ResultForm): ResultForm => {
    if (form.kind === "constant") return { ...form, constant: places[form.constant]! };
    return "items" in form ? { ...form, items: form.items.map(result) } : form;
  };
  return {
    ...signature,
    inputs: signature.inputs.map((source) =>
      "constant" in source ? { constant: places[source.constant]! } : source,
    ),
    result: result(signature.result),
  };
}
