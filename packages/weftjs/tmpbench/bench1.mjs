const time = (f) => { for (let i = 0; i < 2000; i++) f(); let best = 1e9; for (let r = 0; r < 9; r++) { const t = performance.now(); for (let i = 0; i < 300; i++) f(); best = Math.min(best, performance.now() - t); } return (best * 1e6) / 300 / 1000; };
const list = Array.from({ length: 1000 }, (_, i) => i % 97);
const m = await import(process.argv[2]); const [name, args] = { search: ["search", [list, 500]], sum: ["sum", [list, 1000]], counter: ["counter", [1000]], objects: ["objects", [1000]], priv: ["priv", [1000]] }[process.argv[3]];
console.log(process.argv[3], time(() => m[name](...args)).toFixed(2));
