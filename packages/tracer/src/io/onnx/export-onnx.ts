import { expandKernels, type Graph, optimize, WeftError } from "@weftjs/ir";
import { init } from "../../device/current.js";
import type { Tensor } from "../../tensor.js";
import { Call } from "../../trace/call.js";
import { tracedResults } from "../../trace/finish-call.js";
import { isPromise } from "../../trace/is-promise.js";
import { Leaf } from "../../trace/leaf.js";
import { Session } from "../../trace/session.js";
import { TraceTree } from "../../trace/trace-tree.js";
import { inputNames, parameterNames } from "../../transforms/argument-names.js";
import type { AnyFunction } from "../../transforms/jit.js";
import { tracedOf } from "../../transforms/known-trees.js";
import { mustNotWait } from "../../transforms/must-not-wait.js";
import { visitLeaves, visitTensors } from "../../tree/visit.js";
import { bytesOf } from "./scalars.js";
import { OnnxGraph } from "./model.js";
import { addNode } from "./nodes.js";

/** Where `exportOnnx` puts the model, and its name. */
export interface OnnxOptions {
  /** Written durably, as `save` does; in Node only. */
  readonly file?: string;
  /** Of the model's graph; the function's own where absent. */
  readonly name?: string;
}

/**
 * What `f` computes for arguments of these shapes, as an ONNX model (opset 18) for any runtime. Tensors in `args` are its
 * inputs, named as in dumps (`x`, `params.w[0]`), those that `f` captures are stored in it; outputs are called
 * `output` and their path. `f` may be plain, `jit`, `grad` or any composition. All shapes are fixed; elements are those
 * that Weft computes up to the runtime's rounding.
 *
 * @throws W1005 an async function; W5030 an op without a form in ONNX; W5031 a function that computes nothing; W5005 a file that cannot be
 * written.
 */
export async function exportOnnx<F extends AnyFunction>(
  f: F,
  args: Parameters<F>,
  { file, name = f.name || "weft" }: OnnxOptions = {},
): Promise<Uint8Array> {
  await init();
  const { graph, inputs, outputs } = traceOnce(f, args, name);
  const given = new Set<Tensor>();
  visitTensors(args, (tensor) => given.add(tensor));
  const model = new OnnxGraph();
  const names = new Map(
    await Promise.all(
      graph.params.map(async (param, k) => {
        const tensor = inputs[k]!;
        const wanted = param.name ?? `input${k}`;
        if (given.has(tensor)) return [param, model.input(wanted, param.type)] as const;
        return [
          param,
          model.constant(param.type, bytesOf(await tensor.data(), param.dtype), wanted),
        ] as const;
      }),
    ),
  );
  for (const node of graph.nodes) names.set(node.outputs[0]!, addNode(model, node, names));
  graph.results.forEach((result, k) => model.output(outputs[k]!, names.get(result)!, result.type));
  const bytes = await model.encode(name);
  if (file !== undefined) {
    const { writeDurably } = await import("../files-node.js");
    await writeDurably(file, bytes);
  }
  return bytes;
}

interface TracedOnce {
  readonly graph: Graph;
  readonly inputs: readonly Tensor[];
  /** A name for each result. */
  readonly outputs: readonly string[];
}

/** `f` in a trace of its own, so that every number in it is a constant. */
function traceOnce(f: AnyFunction, args: readonly unknown[], name: string): TracedOnce {
  const known = tracedOf(f);
  const body = known?.body ?? f;
  const tree = new TraceTree(name, true, known?.tree.parameters ?? parameterNames(f));
  const session = new Session(tree);
  const call = new Call(session, { nameInputs: () => [] });
  const result = call.start(() => body(...(args as never[])));
  const inputs = [...session.inputs.tensors];
  call.returned();
  if (isPromise(result)) throw mustNotWait("a function that is exported", result);
  const results = tracedResults(session, result);
  if (results.length === 0) throw computesNothing(name);
  const ids = results.map(({ id }) => id);
  const leaf = Leaf.at(tree, session.cursor, ids, () => inputNames(inputs, args, tree.parameters));
  const paths = new Map<unknown, string>();
  visitLeaves(result, (value, path) => paths.set(value, `output${path}`));
  const graph = optimize(expandKernels.run(leaf.computation().optimized()));
  return { graph, inputs, outputs: results.map((tensor) => paths.get(tensor)!) };
}

function computesNothing(name: string): WeftError {
  return new WeftError({
    code: "W5031",
    message: `${name} computes nothing from its arguments that could be exported`,
    hint: "the function returns what it computes: a tensor, or a tree of them",
  });
}
