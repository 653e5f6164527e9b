/** Ranges of a download (RFC 9110 section 14). */
import type { ByteRange } from '../shared/ports.ts';

/** `Range` and `If-Range` of a request, as sent. */
export interface RangeRequest {
  readonly range: string | null;
  readonly ifRange: string | null;
}

/**
 * @param etag the current entity tag of the file, with its quotes
 * @returns the range to send; `whole`: all of it, since no range was asked for, or one that this server does not serve;
 *   `unsatisfiable`: no byte of it exists (416)
 */
export function requestedRange(
  { range, ifRange }: RangeRequest,
  sizeBytes: number,
  etag: string,
): ByteRange | 'whole' | 'unsatisfiable' {
  // A date in If-Range is compared with nothing, since files have no such date (section 13.1.5).
  if (range === null || (ifRange !== null && ifRange !== etag)) return 'whole';
  const [, first = '', last = ''] = /^\s*bytes\s*=\s*(\d{0,15})\s*-\s*(\d{0,15})\s*$/i.exec(range) ?? [];
  // Several ranges, another unit or a malformed field are ignored (sections 14.2 and 14.1.1).
  if (first === '' && last === '') return 'whole';
  if (first === '') return suffix(Number(last), sizeBytes);
  const [from, to] = [Number(first), last === '' ? sizeBytes - 1 : Math.min(Number(last), sizeBytes - 1)];
  if (last !== '' && Number(last) < from) return 'whole';
  return from >= sizeBytes ? 'unsatisfiable' : { offset: from, length: to - from + 1 };
}

function suffix(wanted: number, sizeBytes: number): ByteRange | 'unsatisfiable' {
  if (wanted === 0 || sizeBytes === 0) return 'unsatisfiable';
  const length = Math.min(wanted, sizeBytes);
  return { offset: sizeBytes - length, length };
}
