/** Word documents and other archives as an attacker writes them. */
import { deflateRawSync } from 'node:zlib';
import type { FileType } from '../../domain/files/file-type.ts';

export const WORD_TYPE: FileType = 'application/vnd.openxmlformats-officedocument.wordprocessingml.document';

export interface ArchivePart {
  readonly name: string;
  readonly text?: string;
  readonly method?: number;
  readonly flags?: number;
  /** What the directory says of its length. */
  readonly claimed?: number;
}

/** A ZIP writer of its own, so that it can write what a sound one does not. */
export function zipOf(parts: readonly ArchivePart[], lead: Buffer = Buffer.alloc(0)): Buffer {
  const locals: Buffer[] = [lead];
  const directory: Buffer[] = [];
  let offset = lead.length;
  for (const { name, text = '', method = 8, flags = 0, claimed } of parts) {
    const content = method === 8 ? deflateRawSync(text) : Buffer.from(text);
    const sizes = Buffer.alloc(12);
    sizes.writeUInt32LE(content.length, 4);
    sizes.writeUInt32LE(claimed ?? Buffer.byteLength(text), 8);
    const common = Buffer.alloc(10);
    common.writeUInt16LE(20, 0);
    common.writeUInt16LE(flags, 2);
    common.writeUInt16LE(method, 4);
    const nameLength = Buffer.alloc(4);
    nameLength.writeUInt16LE(Buffer.byteLength(name), 0);
    const local = Buffer.concat([Buffer.from('PK\u0003\u0004'), common, sizes, nameLength, Buffer.from(name), content]);
    const at = Buffer.alloc(4);
    at.writeUInt32LE(offset);
    directory.push(
      Buffer.concat([
        Buffer.from('PK\u0001\u0002'),
        Buffer.alloc(2),
        common,
        sizes,
        nameLength,
        Buffer.alloc(10),
        at,
        Buffer.from(name),
      ]),
    );
    locals.push(local);
    offset += local.length;
  }
  const end = Buffer.alloc(18);
  end.writeUInt16LE(parts.length, 4);
  end.writeUInt16LE(parts.length, 6);
  end.writeUInt32LE(Buffer.concat(directory).length, 8);
  end.writeUInt32LE(offset, 12);
  return Buffer.concat([...locals, ...directory, Buffer.from('PK\u0005\u0006'), end]);
}

export const relationships = (target: string, type: string, mode = ' TargetMode="External"') =>
  `<?xml version="1.0"?><Relationships><Relationship Id="r1" Type="http://schemas.example/relationships/${type}" Target="${target}"${mode}/></Relationships>`;

/** What every document has. */
export const WORD_BASE: readonly ArchivePart[] = [
  { name: '[Content_Types].xml', text: '<Types/>' },
  { name: '_rels/.rels', text: relationships('word/document.xml', 'officeDocument', '') },
  { name: 'word/document.xml', text: '<w:document/>' },
];

/** A document with further parts. */
export function wordFile(parts: readonly ArchivePart[]): Buffer {
  return zipOf([...WORD_BASE, ...parts]);
}
