/** A page of its own: one foldable section a stage. */
export function reportPage(
  summary: string,
  sections: readonly (readonly [title: string, text: string])[],
): string {
  const parts = sections.map(
    ([title, text]) =>
      `<details open><summary>${escapeHtml(title)}</summary><pre>${escapeHtml(text)}</pre></details>`,
  );
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>${escapeHtml(summary)}</title>
<style>
  body { font: 14px/1.5 system-ui, sans-serif; margin: 2rem; color-scheme: light dark; }
  pre { overflow-x: auto; padding: 1rem; background: color-mix(in srgb, currentColor 6%, transparent); }
  summary { cursor: pointer; font-weight: 600; }
</style>
<h1>${escapeHtml(summary)}</h1>
${parts.join("\n")}
</html>
`;
}

/** Names of functions and files are data, whatever is in them. */
function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);
}
