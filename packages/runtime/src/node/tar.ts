export interface TarFile {
  readonly name: string;
  readonly content: Uint8Array;
}

const BLOCK = 512;

/** The plain files of an uncompressed POSIX tar archive. Throws where it is cut short. */
export function readTar(archive: Uint8Array): TarFile[] {
  const files: TarFile[] = [];
  let offset = 0;
  while (offset + BLOCK <= archive.length && archive[offset] !== 0) {
    const header = archive.subarray(offset, offset + BLOCK);
    const size = Number.parseInt(textOf(header, 124, 12), 8);
    const start = offset + BLOCK;
    if (!(size >= 0) || start + size > archive.length) throw new Error("the archive is damaged");
    const type = textOf(header, 156, 1);
    if (type === "" || type === "0") {
      files.push({ name: textOf(header, 0, 100), content: archive.subarray(start, start + size) });
    }
    offset = start + Math.ceil(size / BLOCK) * BLOCK;
  }
  return files;
}

function textOf(header: Uint8Array, start: number, length: number): string {
  const field = header.subarray(start, start + length);
  const end = field.indexOf(0);
  return new TextDecoder().decode(end < 0 ? field : field.subarray(0, end)).trim();
}
