/** Encodes and decodes values in PostgreSQL's text format, with one table for all drivers. */
import { fromHex, toHex } from '../../../domain/shared/bytes.ts';

type Decode = (text: string) => unknown;

/** `2026-02-15 15:00:00.123+00` to epoch milliseconds. The sessions run in UTC, so the offset is always `+00`. */
function instant(text: string): number {
  const milliseconds = Date.parse(`${text.slice(0, 10)}T${text.slice(11).replace(/\+00$/, 'Z')}`);
  if (Number.isNaN(milliseconds)) throw new RangeError(`not a timestamp in UTC: ${text}`);
  return milliseconds;
}

/** `\\x` and hexadecimal digits. */
function bytes(text: string): Uint8Array {
  return fromHex(text.slice(2));
}

function integer(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new RangeError(`not a safe integer: ${text}`);
  return value;
}

/** A one-dimensional array of text: `{a,"b c",NULL}`. */
export function textArray(text: string): (string | null)[] {
  const items: (string | null)[] = [];
  const item = /(?:"((?:[^"\\]|\\.)*)"|([^,{}"]+))/g;
  for (const match of text.slice(1, -1).matchAll(item)) {
    const [, quoted, bare] = match;
    items.push(quoted !== undefined ? quoted.replace(/\\(.)/g, '$1') : bare === 'NULL' ? null : (bare ?? ''));
  }
  return items;
}

/** By type OID. Types that are not listed stay text (`uuid`, `date`, `text`, …). */
export const DECODERS: Readonly<Record<number, Decode>> = {
  16: (text) => text === 't' || text === 'true',
  17: bytes,
  20: integer,
  21: Number,
  23: Number,
  114: JSON.parse,
  700: Number,
  701: Number,
  1009: textArray,
  1184: instant,
  2951: textArray,
  3802: JSON.parse,
};

export function decode(oid: number, text: string): unknown {
  const decoder = DECODERS[oid];
  return decoder === undefined ? text : decoder(text);
}

export type DecodeJson = (value: unknown) => unknown;

/** A type that JSON carries in another form than text: the digits of a number, the braces of an array. */
function refused(value: unknown): never {
  throw new TypeError(`a column of this type cannot be read as JSON, cast it: ${JSON.stringify(value)}`);
}

/** `numeric`, `timestamp` without a zone, and arrays other than of text and ids: json, bool, bytea, numbers, dates and times. */
const REFUSED = [
  1700, 1114, 199, 1000, 1001, 1005, 1007, 1016, 1021, 1022, 1115, 1182, 1183, 1185, 1187, 1231, 1270, 3807, 3911,
] as const;

/**
 * The same values from JSON as PostgreSQL writes it (`json_agg`), by type OID. What is not listed arrives as
 * {@link decode} returns it.
 */
export const JSON_DECODERS: Readonly<Record<number, DecodeJson>> = {
  ...Object.fromEntries(REFUSED.map((oid) => [oid, refused])),
  17: (value) => bytes(value as string),
  20: (value) => (Number.isSafeInteger(value) ? value : refused(value)),
  1184: (value) => Date.parse(value as string),
};

/** Encodes a parameter in text format. The caller passes instants as ISO strings and JSON as text. */
export function encode(value: unknown): string | null {
  if (value === null || value === undefined) return null;
  if (value instanceof Uint8Array) return `\\x${toHex(value)}`;
  if (Array.isArray(value)) return `{${value.map(arrayItem).join(',')}}`;
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  throw new TypeError(`cannot encode a value of type ${typeof value}`);
}

function arrayItem(value: unknown): string {
  const text = encode(value);
  return text === null ? 'NULL' : `"${text.replace(/["\\]/g, '\\$&')}"`;
}
