const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\]:,]/gs;

/** A key that some object of a JSON text has twice, of which `JSON.parse` silently takes the last. */
export function duplicateKey(json: string): string | undefined {
  const open: Set<string>[] = [];
  let last = "";
  for (const [token] of json.matchAll(TOKEN)) {
    if (token === "{") open.push(new Set());
    else if (token === "[") open.push(new Set());
    else if (token === "}" || token === "]") open.pop();
    else if (token === ":") {
      const key = JSON.parse(last) as string; // escapes spell one key in many ways
      const seen = open.at(-1)!;
      if (seen.has(key)) return key;
      seen.add(key);
    }
    last = token;
  }
  return undefined;
}
