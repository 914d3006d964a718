import type { HostArray } from "weftjs";

/** A grey picture, one byte a pixel, row by row: 0 black, 255 white. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly pixels: Uint8Array;
}

/** Images of 0 to 1, `side` × `side` pixels each, beside and below each other. What is left of the last row is black. */
export function contactSheet({ data, shape }: HostArray, side: number, columns: number): Picture {
  const count = shape[0]!;
  const width = side * Math.min(columns, count);
  const height = side * Math.ceil(count / columns);
  const pixels = new Uint8Array(width * height);
  for (let i = 0; i < count; i++) {
    const corner = side * ((i % columns) + Math.floor(i / columns) * width);
    for (let y = 0; y < side; y++) {
      const row = data.subarray((i * side + y) * side, (i * side + y + 1) * side);
      pixels.set(
        Uint8Array.from(row, (value) => 255 * Math.min(Math.max(value, 0), 1)),
        corner + y * width,
      );
    }
  }
  return { width, height, pixels };
}

const BLOCKS = [" ", "▀", "▄", "█"];

/** A picture in block characters: two pixels, one above the other, a character; each black or white. */
export function blocks({ width, height, pixels }: Picture): string {
  const isWhite = (x: number, y: number): boolean => y < height && pixels[y * width + x]! > 127;
  const lines = Array.from({ length: Math.ceil(height / 2) }, (_, line) =>
    Array.from(
      { length: width },
      (_, x) => BLOCKS[Number(isWhite(x, 2 * line)) + 2 * Number(isWhite(x, 2 * line + 1))]!,
    )
      .join("")
      .trimEnd(),
  );
  return lines.join("\n");
}
