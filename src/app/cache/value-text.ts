/** Cached values as text: JSON, in which bytes are hexadecimal digits. */
import { fromHex, toHex } from '../../../domain/shared/bytes.ts';

const BYTES = '$bytes';

/** @throws TypeError if the value holds what JSON would lose, such as a Map or a Date */
export function valueToText(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) => {
    if (part instanceof Uint8Array) return { [BYTES]: toHex(part) };
    if (typeof part === 'number' && !Number.isFinite(part)) throw new TypeError('this number cannot be cached');
    if (typeof part !== 'object' || part === null || Array.isArray(part)) return part;
    if (Object.getPrototypeOf(part) !== Object.prototype) throw new TypeError('only plain values can be cached');
    return part;
  });
}

export function textToValue(text: string): unknown {
  return JSON.parse(text, (_, part: unknown) => {
    if (typeof part !== 'object' || part === null || !(BYTES in part)) return part;
    return fromHex(part[BYTES] as string);
  });
}
