/** The directory of a ZIP archive (APPNOTE.TXT 6.3.10), read to judge the archive, never to unpack it. */

const END_BYTES = 22;
const LONGEST_COMMENT = 0xffff;
const END = 0x06054b50;
const ENTRY = 0x02014b50;
const ENTRY_BYTES = 46;
/** Written where ZIP64 holds the value. */
const IN_ZIP64 = 0xffffffff;
const ENCRYPTED = 1;

/** How many bytes of the end of a file may hold the end of a directory. */
export const TAIL_BYTES = END_BYTES + LONGEST_COMMENT;

export interface ZipDirectory {
  /** In the file. */
  readonly offset: number;
  readonly length: number;
  readonly entries: number;
}

export interface ZipEntry {
  /** In the bytes as ASCII; a byte beyond is shown as one character. */
  readonly name: string;
  readonly method: 'stored' | 'deflated' | 'other';
  readonly isEncrypted: boolean;
  readonly compressedBytes: number;
  readonly uncompressedBytes: number;
  /** Of its local header, in the file. */
  readonly offset: number;
}

const viewOf = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/**
 * Finds the directory as readers of ZIP do: from the end of the file. So it is also found in a file that begins as
 * something else.
 *
 * @param tail the last {@link TAIL_BYTES} of the file, or all of a shorter one
 * @param sizeBytes of the file
 * @returns undefined if no archive ends here
 */
export function findZipDirectory(tail: Uint8Array, sizeBytes: number): ZipDirectory | undefined {
  const view = viewOf(tail);
  for (let at = tail.length - END_BYTES; at >= 0; at--) {
    if (view.getUint32(at, true) !== END) continue;
    // Readers accept bytes after the comment too, but not a comment that is cut short.
    if (at + END_BYTES + view.getUint16(at + 20, true) > tail.length) continue;
    const [entries, length, offset] = [
      view.getUint16(at + 10, true),
      view.getUint32(at + 12, true),
      view.getUint32(at + 16, true),
    ];
    // Four bytes occur by chance; a directory that fits before its end does not.
    if (entries > 0 && length >= entries * ENTRY_BYTES && length + offset <= sizeBytes)
      return { entries, length, offset };
  }
  return undefined;
}

/**
 * @param bytes the whole directory
 * @returns undefined if it is damaged, or has other entries than its end says
 */
export function readZipDirectory(bytes: Uint8Array, { entries }: ZipDirectory): ZipEntry[] | undefined {
  const view = viewOf(bytes);
  const found: ZipEntry[] = [];
  let at = 0;
  while (at < bytes.length) {
    if (at + ENTRY_BYTES > bytes.length || view.getUint32(at, true) !== ENTRY) return undefined;
    const nameLength = view.getUint16(at + 28, true);
    const end = at + ENTRY_BYTES + nameLength + view.getUint16(at + 30, true) + view.getUint16(at + 32, true);
    if (end > bytes.length) return undefined;
    const entry = readEntry(view, at, nameLength);
    if (entry === undefined) return undefined;
    found.push(entry);
    at = end;
  }
  return found.length === entries ? found : undefined;
}

const METHODS: Readonly<Record<number, ZipEntry['method']>> = { 0: 'stored', 8: 'deflated' };

function readEntry(view: DataView, at: number, nameLength: number): ZipEntry | undefined {
  const [compressedBytes, uncompressedBytes, offset] = [20, 24, 42].map((each) => view.getUint32(at + each, true)) as [
    number,
    number,
    number,
  ];
  if ([compressedBytes, uncompressedBytes, offset].includes(IN_ZIP64)) return undefined;
  const name = new Uint8Array(view.buffer, view.byteOffset + at + ENTRY_BYTES, nameLength);
  return {
    name: Reflect.apply(String.fromCharCode, null, name),
    method: METHODS[view.getUint16(at + 10, true)] ?? 'other',
    isEncrypted: (view.getUint16(at + 8, true) & ENCRYPTED) !== 0,
    compressedBytes,
    uncompressedBytes,
    offset,
  };
}

const LOCAL = 0x04034b50;
const LOCAL_BYTES = 30;

/**
 * How many bytes the local header of an entry takes, before its content.
 *
 * @param header at least the first 30 bytes of it
 * @returns undefined if it is none
 */
export function localHeaderLength(header: Uint8Array): number | undefined {
  const view = viewOf(header);
  if (header.length < LOCAL_BYTES || view.getUint32(0, true) !== LOCAL) return undefined;
  return LOCAL_BYTES + view.getUint16(26, true) + view.getUint16(28, true);
}
