/** What a kernel's text must say first, for what it uses. */
export function directivesOf(wgsl: string): string[] {
  return [
    ...(/\b(f16|vec4h)\b/.test(wgsl) ? ["enable f16;"] : []),
    ...(/\bsubgroup/.test(wgsl) ? ["enable subgroups;"] : []),
  ];
}
