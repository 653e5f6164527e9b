/** Searches files and texts for words in every byte, in any encoding. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** A place to search: a folder with everything in it, or a text. */
export type Place = { readonly name: string } & ({ readonly folder: string } | { readonly text: string });

export interface Hit {
  readonly word: string;
  readonly form: string;
  readonly where: string;
}

/** The forms in which a word may be written: plain, escaped, hexadecimal, or inside the base64 of a longer text. */
export function formsOf(word: string): [form: string, bytes: Buffer][] {
  const plain = Buffer.from(word);
  const escaped = JSON.stringify(word).slice(1, -1);
  const ascii = escaped.replace(/[^ -~]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
  const texts: [string, string][] = [
    ['utf-8', word],
    ['lower case', word.toLowerCase()],
    ['JSON', escaped],
    ['JSON in ASCII', ascii],
    ['URL', encodeURIComponent(word)],
    ['hex', plain.toString('hex')],
    ['HEX', plain.toString('hex').toUpperCase()],
    ...[0, 1, 2].flatMap((offset): [string, string][] => [
      [`base64 +${offset}`, within(plain, offset, 'base64')],
      [`base64url +${offset}`, within(plain, offset, 'base64url')],
    ]),
  ];
  const seen = new Set<string>();
  const forms = texts.filter(([, text]) => !seen.has(text) && seen.add(text));
  return [
    ...forms.map(([form, text]): [string, Buffer] => [form, Buffer.from(text)]),
    ['utf-16', Buffer.from(word, 'utf16le')],
  ];
}

/** The base64 characters of these bytes at position `offset` modulo 3, independent of the neighbouring bytes. */
function within(bytes: Buffer, offset: number, encoding: 'base64' | 'base64url'): string {
  const text = Buffer.concat([Buffer.alloc(offset), bytes])
    .toString(encoding)
    .replaceAll('=', '');
  const end = Math.floor(((offset + bytes.length) * 8) / 6);
  return text.slice(Math.ceil((offset * 8) / 6), end);
}

export async function search(places: readonly Place[], words: readonly string[]): Promise<Hit[]> {
  const needles = words.flatMap((word) => formsOf(word).map(([form, bytes]) => ({ word, form, bytes })));
  const hits: Hit[] = [];
  const look = (where: string, content: Buffer) => {
    for (const { word, form, bytes } of needles) if (content.includes(bytes)) hits.push({ word, form, where });
  };
  for (const place of places) {
    if ('text' in place) {
      look(place.name, Buffer.from(place.text));
      continue;
    }
    for (const entry of await readdir(place.folder, { recursive: true, withFileTypes: true })) {
      const path = join(entry.parentPath, entry.name);
      // File names may contain personal data too.
      look(`${place.name}: names`, Buffer.from(path.slice(place.folder.length)));
      // The server may delete a file after it was listed.
      const content = entry.isFile() ? await readFile(path).catch(() => undefined) : undefined;
      if (content !== undefined) look(`${place.name}: ${path.slice(place.folder.length)}`, content);
    }
  }
  return hits;
}
