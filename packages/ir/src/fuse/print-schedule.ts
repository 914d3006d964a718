import type { LoopAttrs } from "../control/loop-layout.js";
import { formatType } from "../types.js";
import type { Domain, KernelGroup, Schedule } from "./group.js";
import { loopOf } from "./lower-loops.js";

/**
 * One line a group: what it runs over, the ops in it, what it reads and what it writes. Groups that share a dispatch
 * share a number; those of a loop stand below it.
 */
export function printSchedule(schedule: Schedule): string {
  const lines = schedule.bundles.flatMap((bundle, step) => {
    const groups = bundle.kernels.map((kernel) => `${step}: ${printGroup(kernel)}`);
    const body = loopOf(bundle)?.body;
    return body ? [...groups, printSchedule(body).replaceAll(/^/gm, "  ")] : groups;
  });
  return lines.join("\n");
}

function printGroup({ group, nodes, loads, stores }: KernelGroup): string {
  const ops = nodes.map((node) => node.op.name);
  const reads = loads.map((value) => formatType(value.type)).join(", ");
  const writes = stores.map((value) => formatType(value.type)).join(", ");
  return `${printDomain(group.domain)} { ${ops.join(" ")} } (${reads}) -> ${writes}`;
}

function printDomain(domain: Domain): string {
  switch (domain.kind) {
    case "map":
    case "scatter":
    case "assembly":
      return `${domain.kind} ${domain.count}`;
    case "attention": {
      const batch = domain.batch > 1 ? `${domain.batch} x ` : "";
      return `${domain.template} ${batch}${domain.queries} x ${domain.keys}`;
    }
    case "row":
      return `row ${domain.rows} x ${domain.columns}`;
    case "matmul":
      return `matmul ${domain.batch > 1 ? `${domain.batch} x ` : ""}${domain.m} x ${domain.k} x ${domain.n}`;
    case "loop":
      return `loop ${(domain.node.attrs as LoopAttrs).count ?? "while"}`;
    default:
      return domain satisfies never;
  }
}
