/** Reads the files of an uncompressed ZIP archive, by its central directory. */
import { crc32 } from 'node:zlib';

export function unzip(archive: Uint8Array): Map<string, Uint8Array> {
  const view = new DataView(archive.buffer, archive.byteOffset, archive.length);
  const end = archive.length - 22;
  if (view.getUint32(end, true) !== 0x06054b50) throw new Error('the archive does not end as a ZIP file does');
  const files = new Map<string, Uint8Array>();
  let place = view.getUint32(end + 16, true);
  for (let n = view.getUint16(end + 10, true); n > 0; n--) {
    const [crc, size, nameLength, offset] = [16, 24, 28, 42].map((at) =>
      at === 28 ? view.getUint16(place + at, true) : view.getUint32(place + at, true),
    ) as [number, number, number, number];
    const name = new TextDecoder().decode(archive.subarray(place + 46, place + 46 + nameLength));
    const content = offset + 30 + view.getUint16(offset + 26, true);
    const bytes = archive.subarray(content, content + size);
    if (crc32(bytes) !== crc) throw new Error(`the checksum of ${name} is wrong`);
    files.set(name, bytes);
    place += 46 + nameLength;
  }
  return files;
}
