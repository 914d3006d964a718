const time = (f) => { for (let i = 0; i < 600; i++) f(); let best = 1e9; for (let r = 0; r < 9; r++) { const t = performance.now(); for (let i = 0; i < 300; i++) f(); best = Math.min(best, performance.now() - t); } return (best * 1e6) / 300 / 1000; };
const list = Array.from({ length: 1000 }, (_, i) => i % 97);
const own = await import("./funcs.ts"), plain = await import("./plain.ts");
for (const [name, args] of [["search", [list, 500]], ["sum", [list, 1000]], ["counter", [1000]], ["objects", [1000]], ["priv", [1000]]])
  console.log(name, "ns/iteration plain", time(() => plain[name](...args)).toFixed(2), "transformed", time(() => own[name](...args)).toFixed(2));
