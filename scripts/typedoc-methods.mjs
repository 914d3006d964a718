// For typedoc: a tensor's methods are the functions of the same names, and have their comments.
import { Converter } from "typedoc";

const CLASSES = ["Tensor", "Part"];

export function load(app) {
  app.converter.on(Converter.EVENT_RESOLVE_END, ({ project }) => {
    for (const name of CLASSES) {
      for (const method of project.getChildByName([name])?.children ?? []) describe(method, project);
    }
  });
}

function describe(method, project) {
  if (method.comment) return;
  const home = project.getChildByName([method.name]);
  const comment = home?.comment ?? home?.signatures?.[0]?.comment;
  if (comment) method.comment = comment.clone();
}
