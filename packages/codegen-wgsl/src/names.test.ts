import {
  add,
  astype,
  DEFAULT_TARGET,
  GraphBuilder,
  iota,
  type Operand,
  reshape,
  type Value,
  withRecorder,
} from "@weftjs/ir";
import { expect, test } from "vitest";
import { compile } from "./compile.js";

test("no name in a kernel is one that WGSL has taken, however many there are", () => {
  const builder = new GraphBuilder();
  const total = withRecorder(builder, () => {
    const positions = [3, 5, 7, 9, 11, 13].flatMap((n) => {
      const columns = reshape(iota({ dtype: "int32", shape: [45045 / n, n], axis: 1 }), { shape: [45045] });
      return [columns, reshape(iota({ dtype: "int32", shape: [n, 45045 / n], axis: 1 }), { shape: [45045] })];
    });
    const floats = positions.map((position) => astype(position, { dtype: "float32" }));
    return floats.reduce<Operand>((sum, each) => add(sum, each), 0);
  });
  const [kernel] = compile(builder.finish([total as Value]), { target: DEFAULT_TARGET }).kernels;
  const names = [...kernel!.wgsl.matchAll(/\b(?:let|var) (\w+) =/g)].map((match) => match[1]!);
  expect(names.length).toBeGreaterThan(33);
  expect(names.filter((name) => /^(?:[iuf]\d+|bool|vec\d\w*)$/.test(name))).toEqual([]);
});
