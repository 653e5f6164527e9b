/** What makes a Word document (DOCX) unsafe: macros, objects, content from elsewhere, more than it seems. */
import type { ZipEntry } from './zip-directory.ts';

/** Why the content of a file is refused. */
export const CONTENT_FAULTS = [
  'polyglot',
  'damaged',
  'encrypted',
  'macros',
  'embedded_object',
  'external_content',
  'expands_too_far',
] as const;
export type ContentFault = (typeof CONTENT_FAULTS)[number];

const MAXIMUM_ENTRIES = 2_000;
const MAXIMUM_UNCOMPRESSED_BYTES = 200 * 1024 * 1024;
/** Text of documents is compressed to a twentieth at best; below a megabyte the ratio does no harm. */
const MAXIMUM_RATIO = 100;
const SMALL_BYTES = 1024 * 1024;
/** Parts with relationships are small; they are read whole. */
export const MAXIMUM_RELATIONSHIPS_BYTES = 1024 * 1024;
/** Relationship parts that are read. */
const MAXIMUM_RELATIONSHIPS = 200;

const NEEDED = ['[Content_Types].xml', 'word/document.xml'];
const UNSAFE_NAME = /^[/\\]|^[A-Za-z]:|(^|[/\\])\.\.([/\\]|$)|\\/;
const MACROS = /(^|\/)vba(Project|Data)|\.(vbs|js|exe|dll|scr|cmd|bat|ps1)$/i;
const OBJECT = /^word\/(embeddings\/.*\.bin|activeX\/)/i;
const RELATIONSHIPS = /\.rels$/;

export const isRelationships = ({ name }: ZipEntry): boolean => RELATIONSHIPS.test(name);

/** @returns undefined if the entries are those of a sound document; what its relationships name is judged apart */
export function faultOfEntries(entries: readonly ZipEntry[]): ContentFault | undefined {
  const names = new Set(entries.map(({ name }) => name));
  if (names.size !== entries.length || NEEDED.some((name) => !names.has(name))) return 'damaged';
  if (entries.some(({ isEncrypted }) => isEncrypted)) return 'encrypted';
  if (entries.some(({ method, name }) => method === 'other' || UNSAFE_NAME.test(name))) return 'damaged';
  if (entries.some(({ name }) => OBJECT.test(name))) return 'embedded_object';
  if (entries.some(({ name }) => MACROS.test(name))) return 'macros';
  return expandsTooFar(entries) ? 'expands_too_far' : undefined;
}

function expandsTooFar(entries: readonly ZipEntry[]): boolean {
  const total = entries.reduce((sum, { uncompressedBytes }) => sum + uncompressedBytes, 0);
  const relationships = entries.filter(isRelationships);
  return (
    entries.length > MAXIMUM_ENTRIES ||
    total > MAXIMUM_UNCOMPRESSED_BYTES ||
    relationships.length > MAXIMUM_RELATIONSHIPS ||
    relationships.some(({ uncompressedBytes }) => uncompressedBytes > MAXIMUM_RELATIONSHIPS_BYTES) ||
    entries.some(
      ({ compressedBytes, uncompressedBytes }) =>
        uncompressedBytes > SMALL_BYTES && uncompressedBytes > compressedBytes * MAXIMUM_RATIO,
    )
  );
}

/** A relationship, with its attributes in any order (ECMA-376 part 2 section 9.3). */
const RELATIONSHIP = /<(?:[\w.-]+:)?Relationship\s([^>]*)>/g;
const EXTERNAL = /\sTargetMode\s*=\s*["']External["']/i;
/** A link that a reader may click loads nothing by itself. */
const HYPERLINK = /\sType\s*=\s*["'][^"']*\/hyperlink["']/;
/** Entities could hide a value. */
const DECLARATION = /<!DOCTYPE|<!ENTITY/i;

/** @param text a relationships part, with one character for each byte */
export function faultOfRelationships(text: string): ContentFault | undefined {
  if (DECLARATION.test(text)) return 'damaged';
  for (const [, attributes] of text.matchAll(RELATIONSHIP)) {
    const padded = ` ${attributes}`;
    if (EXTERNAL.test(padded) && !HYPERLINK.test(padded)) return 'external_content';
  }
  return undefined;
}
