/**
 * The types of file that a portal accepts, decided from the bytes and compared with what was declared (R52). Types that a
 * browser could run, such as HTML and SVG, are not among them.
 */
import { ok, type Result, refuse } from '../shared/result.ts';
import { isUtf8 } from './utf8.ts';

/** Media types as they are kept and sent. */
export const FILE_TYPES = [
  'application/pdf',
  'image/png',
  'image/jpeg',
  'image/webp',
  'image/heic',
  'application/dicom',
  'text/plain',
  'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
  'application/cda+xml',
  'application/fhir+xml',
  'application/fhir+json',
] as const;
export type FileType = (typeof FILE_TYPES)[number];

/** How many bytes of the beginning {@link detectFileType} wants, if the file has them. */
export const HEAD_BYTES = 16 * 1024;

/** The bytes are of no accepted type. */
export type UnsupportedFileType = { readonly code: 'file_type_unsupported' };
/** The bytes are of another type than was declared, or than the ending of the name says. */
export type FileTypeMismatch = {
  readonly code: 'file_type_mismatch';
  readonly detected: FileType;
  readonly declaredBy: 'media_type' | 'filename';
};

interface Rule {
  /** Endings of names, in lower case, without the dot. */
  readonly endings: readonly string[];
  /** Other media types under which such files are declared. */
  readonly aliases: readonly string[];
  /** @param head at least the first {@link HEAD_BYTES}, or all */
  readonly matches: (head: Uint8Array) => boolean;
}

const ascii = (text: string) => Uint8Array.from(text, (letter) => letter.charCodeAt(0));

function hasAt(bytes: Uint8Array, offset: number, wanted: Uint8Array | string): boolean {
  const expected = typeof wanted === 'string' ? ascii(wanted) : wanted;
  return expected.every((byte, i) => bytes[offset + i] === byte);
}

const PNG = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);
/** Of UTF-8. */
const BYTE_ORDER_MARK = Uint8Array.of(0xef, 0xbb, 0xbf);
const JPEG = Uint8Array.of(0xff, 0xd8, 0xff);
/** Brands of HEIF pictures that HEVC encodes (ISO/IEC 23008-12 section 10.2). */
const HEIC_BRANDS = ['heic', 'heix', 'heim', 'heis', 'mif1'];
/** What may fill the 128 bytes before a DICOM file: nothing, or a TIFF of the same picture (PS3.10 section 7.1). */
const DICOM_PREAMBLES = [Uint8Array.of(0, 0, 0, 0), ascii('II*\0'), ascii('MM\0*')];

/** Declaration, comments and processing instructions, then the root element. No document type: those define entities. */
const ROOT = /^(?:\s|<\?[^>]*\?>|<!--(?:[^-]|-(?!->))*-->)*<(?:[\w.-]+:)?([\w.-]+)((?:\s[^>]*)?)>/;

function rootOf(head: Uint8Array): { readonly name: string; readonly attributes: string } | undefined {
  const [, name, attributes] = ROOT.exec(markupOf(head)) ?? [];
  return name === undefined ? undefined : { name, attributes: attributes ?? '' };
}

/** The beginning, with a character for each byte: what is looked for in it is ASCII. */
function markupOf(head: Uint8Array): string {
  const mark = hasAt(head, 0, BYTE_ORDER_MARK) ? BYTE_ORDER_MARK.length : 0;
  return Reflect.apply(String.fromCharCode, null, head.subarray(mark, HEAD_BYTES));
}

const namespace = (name: string) => new RegExp(`\\sxmlns(:[\\w.-]+)?\\s*=\\s*["']${name}["']`);
const CDA = namespace('urn:hl7-org:v3');
const FHIR = namespace('http://hl7\\.org/fhir');

/** What would be run, or shown as a page, by a program that trusts its own reading of the bytes. */
const ACTIVE_TEXT = /^\s*(?:<|#!|%!|%PDF|\{\\rtf)/i;
/** Control characters other than those that lay out text. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for.
const CONTROL = /[\0-\x08\x0b\x0e-\x1f\x7f]/;

export function hasControls(text: string): boolean {
  return CONTROL.test(text);
}

function isPlainText(head: Uint8Array): boolean {
  const text = markupOf(head);
  return isUtf8(head.subarray(0, HEAD_BYTES)) && !hasControls(text) && !ACTIVE_TEXT.test(text);
}

/** Names of the first entry of a Word document, as the writers of such documents begin them. */
const DOCX_BEGINS = /^(\[Content_Types\]\.xml|_rels\/|docProps\/|word\/|customXml\/)/;

function isDocx(head: Uint8Array): boolean {
  // The name of the first entry follows 30 bytes of its header (APPNOTE.TXT section 4.3.7).
  return hasAt(head, 0, 'PK\u0003\u0004') && DOCX_BEGINS.test(markupOf(head.subarray(30, 60)));
}

const RULES: Readonly<Record<FileType, Rule>> = {
  'application/pdf': {
    endings: ['pdf'],
    aliases: ['application/x-pdf'],
    matches: (head) => hasAt(head, 0, '%PDF-'),
  },
  'image/png': { endings: ['png'], aliases: [], matches: (head) => hasAt(head, 0, PNG) },
  'image/jpeg': { endings: ['jpg', 'jpeg', 'jpe'], aliases: ['image/jpg'], matches: (head) => hasAt(head, 0, JPEG) },
  'image/webp': {
    endings: ['webp'],
    aliases: [],
    matches: (head) => hasAt(head, 0, 'RIFF') && hasAt(head, 8, 'WEBP'),
  },
  'image/heic': {
    endings: ['heic', 'heif'],
    aliases: ['image/heif', 'image/heic-sequence', 'image/heif-sequence'],
    matches: (head) => hasAt(head, 4, 'ftyp') && HEIC_BRANDS.some((brand) => hasAt(head, 8, brand)),
  },
  'application/dicom': {
    endings: ['dcm', 'dicom'],
    aliases: ['image/dicom-rle'],
    matches: (head) => hasAt(head, 128, 'DICM') && DICOM_PREAMBLES.some((preamble) => hasAt(head, 0, preamble)),
  },
  'application/vnd.openxmlformats-officedocument.wordprocessingml.document': {
    endings: ['docx'],
    aliases: ['application/zip', 'application/x-zip-compressed'],
    matches: isDocx,
  },
  'application/cda+xml': {
    endings: ['xml', 'cda'],
    aliases: ['application/xml', 'text/xml'],
    matches: (head) => {
      const root = rootOf(head);
      return root?.name === 'ClinicalDocument' && CDA.test(root.attributes);
    },
  },
  'application/fhir+xml': {
    endings: ['xml'],
    aliases: ['application/xml', 'text/xml', 'application/xml+fhir'],
    matches: (head) => FHIR.test(rootOf(head)?.attributes ?? ''),
  },
  'application/fhir+json': {
    endings: ['json'],
    aliases: ['application/json', 'application/json+fhir'],
    matches: (head) => /^\s*\{[\s\S]*?"resourceType"\s*:\s*"[A-Za-z]+"/.test(markupOf(head)),
  },
  'text/plain': {
    endings: ['txt', 'text', 'log', 'md', 'csv'],
    aliases: ['text/csv', 'text/markdown'],
    matches: isPlainText,
  },
};

/** Text last, since much else is text too. */
const IN_ORDER = [...FILE_TYPES.filter((type) => type !== 'text/plain'), 'text/plain'] as const;

/** Readers of PDF accept it when other bytes come first, such as those of a picture. */
const PDF_BEGINS_WITHIN = 1024;
const isAlsoPdf = (head: Uint8Array) => markupOf(head.subarray(0, PDF_BEGINS_WITHIN)).includes('%PDF-');

/** What browsers and programs declare when they do not know. */
const UNDECLARED = ['', 'application/octet-stream', 'binary/octet-stream'];

export interface Declared {
  /** As sent, with or without parameters; empty if none was. */
  readonly mediaType: string;
  readonly filename: string;
}

/**
 * The type of a file by its beginning. What the rest may hold is looked at by `inspectFile`.
 *
 * @param head the first {@link HEAD_BYTES} of the file, or all of a shorter one
 */
export function detectFileType(
  head: Uint8Array,
  { mediaType, filename }: Declared,
): Result<FileType, UnsupportedFileType | FileTypeMismatch> {
  const detected = IN_ORDER.find((type) => RULES[type].matches(head));
  if (detected === undefined || head.length === 0 || (detected !== 'application/pdf' && isAlsoPdf(head)))
    return refuse({ code: 'file_type_unsupported' });
  const { endings, aliases } = RULES[detected];
  const declared = mediaType.split(';')[0]?.trim().toLowerCase() ?? '';
  if (declared !== detected && !aliases.includes(declared) && !UNDECLARED.includes(declared))
    return refuse({ code: 'file_type_mismatch', detected, declaredBy: 'media_type' });
  const ending = /\.([^.]+)$/.exec(filename)?.[1]?.toLowerCase();
  if (ending !== undefined && !endings.includes(ending))
    return refuse({ code: 'file_type_mismatch', detected, declaredBy: 'filename' });
  return ok(detected);
}

/** The ending for a name that has none. */
export function endingOf(type: FileType): string {
  return RULES[type].endings[0] ?? '';
}
