/** A row of workgroups, folded into two dimensions where one would be longer than the device allows. */
export interface Grid {
  readonly workgroups: readonly [number, number, number];
  /** i32 expression of the workgroup's number in the row, from the builtin `group`: workgroup_id. */
  readonly index: string;
  /** Whether the fold leaves workgroups past the end, which must do nothing. */
  readonly hasExcess: boolean;
}

export function foldGrid(count: number, maxPerDimension: number): Grid {
  if (count <= maxPerDimension) {
    return { workgroups: [count, 1, 1], index: "i32(group.x)", hasExcess: false };
  }
  const y = Math.ceil(count / maxPerDimension);
  const x = Math.ceil(count / y);
  return { workgroups: [x, y, 1], index: `i32(group.x + group.y * ${x}u)`, hasExcess: x * y > count };
}
