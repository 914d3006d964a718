import type { Graph } from "../graph.js";
import { printGraph } from "./print.js";

/**
 * A key for the structure of a graph: 128 bits as 32 hexadecimal digits. The names of the graph and its parameters
 * and all source locations do not matter; everything else does. O(nodes).
 */
export function hashGraph(graph: Graph): string {
  return hashText(printGraph(graph, { names: false, locations: false }));
}

/** MurmurHash3_x86_128 of the text's UTF-16 code units (Appleby, public domain). Not for secrets. */
export function hashText(text: string): string {
  const state = [0, 0, 0, 0];
  const unit = (at: number): number => text.charCodeAt(at) | 0; // past the end: NaN | 0 is 0
  for (let at = 0; at < text.length; at += 8) {
    for (let lane = 0; lane < 4; lane++) {
      const word = unit(at + 2 * lane) | (unit(at + 2 * lane + 1) << 16);
      state[lane]! ^= scramble(word, lane);
    }
    for (let lane = 0; lane < 4; lane++) {
      const turned = rotate(state[lane]!, TURNS[lane]!) + state[(lane + 1) % 4]!;
      state[lane] = (Math.imul(turned, 5) + OFFSETS[lane]!) | 0;
    }
  }
  return finish(state.map((word) => word ^ (2 * text.length)))
    .map((word) => (word >>> 0).toString(16).padStart(8, "0"))
    .join("");
}

const FACTORS = [0x239b961b, 0xab0e9789, 0x38b34ae5, 0xa1e38b93] as const;
const OFFSETS = [0x561ccd1b, 0x0bcaa747, 0x96cd1c35, 0x32ac3b17] as const;
const TURNS = [19, 17, 15, 13] as const;

function scramble(word: number, lane: number): number {
  const turned = rotate(Math.imul(word, FACTORS[lane]!), 15 + lane);
  return Math.imul(turned, FACTORS[(lane + 1) % 4]!);
}

function finish(state: readonly number[]): number[] {
  const spread = (words: readonly number[]): number[] => {
    const first = words.reduce((sum, word) => (sum + word) | 0, 0);
    return words.map((word, lane) => (lane === 0 ? first : (word + first) | 0));
  };
  return spread(spread(state).map(avalanche));
}

function avalanche(word: number): number {
  let mixed = word ^ (word >>> 16);
  mixed = Math.imul(mixed, 0x85ebca6b);
  mixed ^= mixed >>> 13;
  mixed = Math.imul(mixed, 0xc2b2ae35);
  return mixed ^ (mixed >>> 16);
}

function rotate(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits));
}
