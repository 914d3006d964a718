
export function search(list: any, v: any) { for (let i = 0; i < list.length; i++) { if (list[i] > v) continue; if (list[i] === v) return i; } return -1; }
export function sum(list: any, cap: any) { let s = 0; for (const v of list) { if (v > cap) break; s += v * 2; } return s; }
export function counter(n: any) { let k = 0; const up = () => { k++; }; for (let i = 0; i < n; i++) up(); return k; }
export function objects(n: any) { const o: any = { a: 0, b: [] }; for (let i = 0; i < n; i++) { o.a += i; o.b[i & 7] = i; } return o.a; }
export class C { #n = 0; m = 0; up() { this.#n++; this.m = this.#n; } get n() { return this.#n; } }
export function priv(n: any) { const c = new C(); for (let i = 0; i < n; i++) c.up(); return c.n; }
