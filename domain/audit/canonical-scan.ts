/**
 * Checks canonical JSON (RFC 8785) byte by byte without parsing it: bytes that are canonical can be hashed as they are,
 * without being parsed and written again.
 *
 * Every function takes the offset where something starts and returns the offset after it, or {@link NOT_CANONICAL}. Given
 * {@link NOT_CANONICAL} it returns {@link NOT_CANONICAL}, so calls can be chained and the result checked once at the end.
 */
import { toHex } from '../shared/bytes.ts';
import { MAX_DEPTH } from './canonical-json.ts';

export const NOT_CANONICAL = -1;

/** Gets the offsets of each member of an object. Those of the name include its quotes. */
export type MemberVisitor = (name: number, nameEnd: number, value: number, valueEnd: number) => void;

const QUOTE = 0x22;
const COMMA = 0x2c;
const MINUS = 0x2d;
const ZERO = 0x30;
const NINE = 0x39;
const COLON = 0x3a;
const BACKSLASH = 0x5c;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;

const ascii = (text: string) => Uint8Array.from(text, (char) => char.charCodeAt(0));
const LITERALS = new Map(['true', 'false', 'null'].map((text) => [text.charCodeAt(0), ascii(text)]));
const NUMBER_BYTES = new Set(ascii('0123456789+-.eE'));
/** What ECMAScript escapes in two characters (section 3.2.2.2), by the second one. */
const SHORT_ESCAPES = new Set(ascii('"\\bfnrt'));
/** The other control characters, as `\u00xx` with lower-case digits. */
const LONG_ESCAPES = new Set(
  Array.from({ length: 0x20 }, (_, code) => JSON.stringify(String.fromCharCode(code)).slice(1, -1)).filter(
    (text) => text.length === 6,
  ),
);
/** 1 for the ASCII characters that a string holds as they are. Most bytes of an export are, so they are passed over by one look-up. */
const IS_ORDINARY = Uint8Array.from({ length: 256 }, (_, byte) =>
  Number(byte >= 0x20 && byte < 0x80 && byte !== QUOTE && byte !== BACKSLASH),
);
/** A double represents every integer of this many digits exactly. */
const EXACT_DIGITS = 15;

/** Any value. */
export function valueEnd(bytes: Uint8Array, at: number, depth = MAX_DEPTH): number {
  const first = bytes[at];
  switch (first) {
    case QUOTE:
      return stringEnd(bytes, at);
    case OPEN_BRACE:
      return objectEnd(bytes, at, depth);
    case OPEN_BRACKET:
      return arrayEnd(bytes, at, depth);
    case undefined:
      return NOT_CANONICAL;
    default: {
      const literal = LITERALS.get(first);
      return literal === undefined ? numberEnd(bytes, at) : textEnd(bytes, at, literal);
    }
  }
}

/** @param visit called for each member in turn */
export function objectEnd(bytes: Uint8Array, at: number, depth = MAX_DEPTH, visit?: MemberVisitor): number {
  if (depth === 0 || bytes[at] !== OPEN_BRACE) return NOT_CANONICAL;
  if (bytes[at + 1] === CLOSE_BRACE) return at + 2;
  let previous = NOT_CANONICAL;
  let previousEnd = NOT_CANONICAL;
  for (let name = at + 1; ; ) {
    const nameEnd = stringEnd(bytes, name);
    if (nameEnd === NOT_CANONICAL || bytes[nameEnd] !== COLON) return NOT_CANONICAL;
    if (previous !== NOT_CANONICAL && !isBefore(bytes, previous, previousEnd, name, nameEnd)) return NOT_CANONICAL;
    const end = valueEnd(bytes, nameEnd + 1, depth - 1);
    if (end === NOT_CANONICAL) return NOT_CANONICAL;
    visit?.(name, nameEnd, nameEnd + 1, end);
    if (bytes[end] === CLOSE_BRACE) return end + 1;
    if (bytes[end] !== COMMA) return NOT_CANONICAL;
    previous = name;
    previousEnd = nameEnd;
    name = end + 1;
  }
}

function arrayEnd(bytes: Uint8Array, at: number, depth: number): number {
  if (depth === 0) return NOT_CANONICAL;
  if (bytes[at + 1] === CLOSE_BRACKET) return at + 2;
  for (let value = at + 1; ; ) {
    const end = valueEnd(bytes, value, depth - 1);
    if (end === NOT_CANONICAL) return NOT_CANONICAL;
    if (bytes[end] === CLOSE_BRACKET) return end + 1;
    if (bytes[end] !== COMMA) return NOT_CANONICAL;
    value = end + 1;
  }
}

export function stringEnd(bytes: Uint8Array, at: number): number {
  if (bytes[at] !== QUOTE) return NOT_CANONICAL;
  let isAscii = true;
  for (let i = at + 1; ; ) {
    while (IS_ORDINARY[bytes[i] as number] === 1) i++;
    const byte = bytes[i];
    if (byte === QUOTE) return isAscii || isWellFormed(bytes.subarray(at, i)) ? i + 1 : NOT_CANONICAL;
    if (byte === undefined || byte < 0x20) return NOT_CANONICAL;
    if (byte === BACKSLASH) {
      const escaped = escapeLength(bytes, i);
      if (escaped === 0) return NOT_CANONICAL;
      i += escaped;
    } else {
      isAscii = false;
      i++;
    }
  }
}

/** The given bytes. */
export function textEnd(bytes: Uint8Array, at: number, text: Uint8Array): number {
  if (at === NOT_CANONICAL) return NOT_CANONICAL;
  for (let i = 0; i < text.length; i++) if (bytes[at + i] !== text[i]) return NOT_CANONICAL;
  return at + text.length;
}

/** The text of a string, from its first quote to after its last. */
export function stringAt(bytes: Uint8Array, at: number, end: number): string {
  const text = decode(bytes.subarray(at + 1, end - 1));
  return text.includes('\\') ? (JSON.parse(`"${text}"`) as string) : text;
}

function escapeLength(bytes: Uint8Array, at: number): number {
  if (SHORT_ESCAPES.has(bytes[at + 1] ?? 0)) return 2;
  return LONG_ESCAPES.has(String.fromCharCode(...bytes.subarray(at, at + 6))) ? 6 : 0;
}

/**
 * Decodes UTF-8 with ECMAScript alone: the domain uses no platform API such as `TextDecoder`.
 * @throws URIError if the bytes are not well-formed
 */
function decode(bytes: Uint8Array): string {
  let seen = 0;
  for (let i = 0; i < bytes.length; i++) seen |= bytes[i] as number;
  // Applied, because spreading reads the bytes by their iterator.
  if (seen < 0x80) return Reflect.apply(String.fromCharCode, null, bytes);
  return decodeURIComponent(`%${toHex(bytes).replace(/..(?!$)/g, '$&%')}`);
}

function isWellFormed(bytes: Uint8Array): boolean {
  try {
    decode(bytes);
    return true;
  } catch {
    return false;
  }
}

function numberEnd(bytes: Uint8Array, at: number): number {
  const digits = bytes[at] === MINUS ? at + 1 : at;
  let end = digits;
  while (isDigit(bytes[end])) end++;
  const isInteger = !NUMBER_BYTES.has(bytes[end] ?? 0);
  // Section 3.2.2.3 defers to ECMAScript, which writes small integers as plain digits.
  if (isInteger && bytes[digits] !== ZERO && end > digits && end - digits <= EXACT_DIGITS) return end;
  while (NUMBER_BYTES.has(bytes[end] ?? 0)) end++;
  const text = String.fromCharCode(...bytes.subarray(at, Math.min(end, at + 32)));
  const value = Number(text);
  return end > at && Number.isFinite(value) && String(value) === text ? end : NOT_CANONICAL;
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= ZERO && byte <= NINE;
}

/** Whether a name sorts before another, by UTF-16 code units (section 3.2.3). Both with their quotes. */
function isBefore(bytes: Uint8Array, a: number, aEnd: number, b: number, bEnd: number): boolean {
  for (let i = 1; ; i++) {
    const left = bytes[a + i] as number;
    const right = bytes[b + i] as number;
    // Escaped and multi-byte characters are compared in their decoded form.
    if ((left | right) >= 0x80 || left === BACKSLASH || right === BACKSLASH) {
      return stringAt(bytes, a, aEnd) < stringAt(bytes, b, bEnd);
    }
    if (a + i === aEnd - 1) return b + i < bEnd - 1;
    if (b + i === bEnd - 1) return false;
    if (left !== right) return left < right;
  }
}
