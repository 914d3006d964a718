import { WeftError } from "@weftjs/ir";
import { zipSync } from "fflate";
import { beforeAll, expect, test } from "vitest";
import {
  decodeNpy,
  decodeNpz,
  decodeSafetensors,
  encodeNpy,
  encodeNpz,
  encodeSafetensors,
  init,
  type Tensor,
  tensor,
  tidy,
  zeros,
} from "../index.js";

beforeAll(async () => void (await init({ device: "cpu" })));

/** Files a format. `WEFT_TEST_MUTATIONS=100000` for the full number. */
const COUNT = Number(process.env["WEFT_TEST_MUTATIONS"] ?? 2000);
/** No file of a few hundred bytes has a reason to take longer. */
const MOST_MS = 2000;

const tree = {
  layers: [{ w: tensorOf(3, 4), b: tensorOf(4) }],
  steps: () => tensor(7, { dtype: "uint32" }),
  mask: () => tensor([true, false, true]),
  half: () => tensor([0.5, -1], { dtype: "float16" }),
  none: () => zeros([0, 3]),
};

function tensorOf(...shape: number[]): () => Tensor {
  const size = shape.reduce((a, b) => a * b, 1);
  return () => tensor(Float32Array.from({ length: size }, Math.sin), { shape });
}

function made(part: unknown): unknown {
  if (typeof part === "function") return (part as () => Tensor)();
  if (Array.isArray(part)) return part.map(made);
  return Object.fromEntries(Object.entries(part as object).map(([key, value]) => [key, made(value)]));
}

/** A seeded stream of whole numbers below a limit. */
function dice(seed: number): (limit: number) => number {
  return (limit) => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    return Math.floor((seed / 2 ** 32) * limit);
  };
}

type Mutation = (bytes: Uint8Array, roll: (limit: number) => number) => Uint8Array;

const EXTREMES = [0, 1, 0x7f, 0x80, 0xff];

const MUTATIONS: readonly Mutation[] = [
  (bytes, roll) => bytes.with(roll(bytes.length), roll(256)),
  (bytes, roll) => bytes.with(roll(bytes.length), EXTREMES[roll(EXTREMES.length)]!),
  (bytes, roll) => {
    const at = roll(bytes.length);
    return bytes.with(at, bytes[at]! ^ (1 << roll(8)));
  },
  (bytes, roll) => bytes.slice(0, roll(bytes.length)),
  (bytes, roll) => bytes.slice(roll(bytes.length)),
  (bytes, roll) => {
    const [from, length] = [roll(bytes.length), 1 + roll(16)];
    return Uint8Array.from([...bytes.subarray(0, from), ...bytes.subarray(from + length)]);
  },
  (bytes, roll) => {
    const [at, from, length] = [roll(bytes.length), roll(bytes.length), 1 + roll(32)];
    return Uint8Array.from([...bytes.subarray(0, at), ...bytes.subarray(from, from + length), ...bytes.subarray(at)]); // prettier-ignore
  },
  // A number of four or eight bytes at its largest: lengths, offsets, counts.
  (bytes, roll) => bytes.slice().fill(0xff, roll(bytes.length), roll(bytes.length)),
  (bytes, roll) => {
    const [at, digit] = [roll(bytes.length), 0x30 + roll(10)];
    return bytes[at]! >= 0x30 && bytes[at]! <= 0x39 ? bytes.with(at, digit) : bytes.with(at, 0x39);
  },
];

function mutated(bytes: Uint8Array, roll: (limit: number) => number): Uint8Array {
  let changed = bytes;
  for (let k = 0; k <= roll(3); k++) {
    if (changed.length > 0) changed = MUTATIONS[roll(MUTATIONS.length)]!(changed, roll);
  }
  return changed;
}

async function npyFiles(): Promise<Uint8Array[]> {
  return Promise.all([tensorOf(3, 4)(), tree.mask(), tree.none()].map((x) => encodeNpy(x)));
}

async function npzFiles(): Promise<Uint8Array[]> {
  const [first, second] = (await npyFiles()) as [Uint8Array, Uint8Array];
  return [await encodeNpz(made(tree)), zipSync({ "a.npy": first, "b.npy": second }, { level: 9 })];
}

test.each<[string, () => Promise<Uint8Array[]>, (bytes: Uint8Array) => unknown, RegExp]>([
  ["safetensors", async () => [await encodeSafetensors(made(tree))], decodeSafetensors, /^W5020$/],
  ["npy", npyFiles, decodeNpy, /^W5021$/],
  ["npz", npzFiles, (bytes) => decodeNpz(bytes, { maxBytes: 2 ** 20 }), /^W502[12]$/],
])(
  "%s broken at any byte is read or refused by its code, and at once",
  async (_, files, decode, code) => {
    const roll = dice(20260101);
    const whole = await files();
    const outcomes = { read: 0, refused: 0 };
    for (let k = 0; k < COUNT; k++) {
      const bytes = mutated(whole[k % whole.length]!, roll);
      const start = performance.now();
      try {
        tidy(() => void decode(bytes));
        outcomes.read++;
      } catch (error) {
        // Anything else is shown as it is.
        if (!(error instanceof WeftError)) throw error;
        expect(error.code).toMatch(code);
        outcomes.refused++;
      }
      expect(performance.now() - start).toBeLessThan(MOST_MS);
    }
    // Elements may change without anyone's notice, headers may not.
    expect(outcomes.read).toBeGreaterThan(COUNT / 100);
    expect(outcomes.refused).toBeGreaterThan(COUNT / 4);
  },
  600_000,
);

const BOMB = 32 * 2 ** 20;

test("a zip that claims little and holds much is refused before it is unpacked", () => {
  const bomb = zipSync({ "a.npy": new Uint8Array(BOMB) }, { level: 9 });
  expect(bomb.length).toBeLessThan(2 ** 20);
  expect(() => decodeNpz(bomb, { maxBytes: 2 ** 20 })).toThrow(expect.objectContaining({ code: "W5022" }));
  // The size in the central directory made small: no more is then unpacked than was claimed.
  const lying = bomb.slice();
  const view = new DataView(lying.buffer);
  for (let at = 0; at + 4 <= lying.length; at++) {
    if (view.getUint32(at, true) === BOMB) view.setUint32(at, 1000, true);
  }
  const start = performance.now();
  expect(() => decodeNpz(lying, { maxBytes: 2 ** 20 })).toThrow(/W502[12]/);
  expect(performance.now() - start).toBeLessThan(MOST_MS);
});
