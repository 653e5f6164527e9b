/** Signed addresses: each is bound to a method, a file, a person and a time, and works for nothing else (R54). */
import type { FileId, PatientFile } from '../../../domain/files/file.ts';
import { equalBytes, toBase64Url } from '../../../domain/shared/bytes.ts';
import type { Instant } from '../../../domain/shared/time.ts';
import type { Deps } from '../context.ts';

const FIELD = 'files.upload_token';

function signed(id: FileId, userId: string, part: number, end: number): string {
  return `PUT ${id} ${userId} ${part} ${end}`;
}

/** @param part from 1; `null` for all bytes in one request */
export function uploadToken(
  { index }: Pick<Deps, 'index'>,
  { id, uploadedBy, uploadExpiresAt }: PatientFile,
  part: number | null,
): string {
  const end = Math.floor(uploadExpiresAt / 1000);
  const mac = index.of(FIELD, signed(id, uploadedBy, part ?? 0, end));
  return `${part ?? 0}.${end}.${toBase64Url(mac)}`;
}

/** @returns what the token allows; undefined if it is not one of this file, or is over */
export function isUploadToken(
  { index }: Pick<Deps, 'index'>,
  { id, uploadedBy }: PatientFile,
  token: string,
  now: Instant,
): { readonly part: number | null } | undefined {
  const [, digits = '', seconds = '', mac = ''] = /^(\d{1,6})\.(\d{1,12})\.([A-Za-z0-9_-]{43})$/.exec(token) ?? [];
  const [part, end] = [Number(digits), Number(seconds)];
  if (mac === '' || now >= end * 1000) return undefined;
  const given = new TextEncoder().encode(mac);
  const isSigned = index
    .all(FIELD, signed(id, uploadedBy, part, end))
    .some((each) => equalBytes(new TextEncoder().encode(toBase64Url(each)), given));
  return isSigned ? { part: part === 0 ? null : part } : undefined;
}
