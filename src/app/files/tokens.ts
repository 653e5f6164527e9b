/** Signed addresses: each is bound to a method, a file, a person and a time, and works for nothing else (R54). */
import type { DownloadLink, DownloadLinkId } from '../../../domain/files/download-link.ts';
import type { FileId, FileShareId, PatientFile } from '../../../domain/files/file.ts';
import { equalBytes, toBase64Url, utf8 } from '../../../domain/shared/bytes.ts';
import { isUuid, type SessionId, type UserId } from '../../../domain/shared/ids.ts';
import { ROLES, type Role } from '../../../domain/shared/permissions.ts';
import type { Instant } from '../../../domain/shared/time.ts';
import { ACCESS_GROUNDS, type Claim, type EmergencyAccessId } from '../../../domain/shared/viewer.ts';
import type { Deps } from '../context.ts';

type Signing = Pick<Deps, 'index'>;

const UPLOAD = 'files.upload_token';
const DOWNLOAD = 'files.download_token';

function sign({ index }: Signing, field: string, text: string): string {
  return toBase64Url(index.of(field, text));
}

/** @param mac of this version of the key, or of one before */
function isSigned({ index }: Signing, field: string, text: string, mac: string): boolean {
  return index.all(field, text).some((each) => equalBytes(utf8(toBase64Url(each)), utf8(mac)));
}

function uploadText(id: FileId, userId: string, part: number, end: number): string {
  return `PUT ${id} ${userId} ${part} ${end}`;
}

/** @param part from 1; `null` for all bytes in one request */
export function uploadToken(
  deps: Signing,
  { id, uploadedBy, uploadExpiresAt }: PatientFile,
  part: number | null,
): string {
  const end = Math.floor(uploadExpiresAt / 1000);
  return `${part ?? 0}.${end}.${sign(deps, UPLOAD, uploadText(id, uploadedBy, part ?? 0, end))}`;
}

/** @returns what the token allows; undefined if it is not one of this file, or is over */
export function isUploadToken(
  deps: Signing,
  { id, uploadedBy }: PatientFile,
  token: string,
  now: Instant,
): { readonly part: number | null } | undefined {
  const [, digits = '', seconds = '', mac = ''] = /^(\d{1,6})\.(\d{1,12})\.([A-Za-z0-9_-]{43})$/.exec(token) ?? [];
  const [part, end] = [Number(digits), Number(seconds)];
  if (mac === '' || now >= end * 1000) return undefined;
  return isSigned(deps, UPLOAD, uploadText(id, uploadedBy, part, end), mac)
    ? { part: part === 0 ? null : part }
    : undefined;
}

/** @see shareId of a share by a link that was entered */
export interface PublicPass {
  readonly kind: 'public';
  readonly shareId: FileShareId;
}

/** Who opens a file by a link, and what they claim beyond their role. All of it is decided anew when the file is opened. */
export interface DownloadPass {
  readonly kind: 'person';
  readonly linkId: DownloadLinkId;
  readonly sessionId: SessionId;
  readonly userId: UserId;
  readonly role: Role;
  readonly claim: Claim | undefined;
}

/** Longest token: three ids, a role, an end, a claim and the signature, with dots between them. */
export const MAXIMUM_DOWNLOAD_TOKEN = 3 * 36 + 7 + 12 + 36 + 43 + 6;

function downloadText(id: FileId, body: string): string {
  return `GET ${id} ${body}`;
}

export function downloadToken(
  deps: Signing,
  { id, fileId, sessionId, userId, expiresAt }: DownloadLink,
  role: Role,
  claim: Claim | undefined,
): string {
  const claimed = (role === 'doctor' ? claim?.emergencyAccessId : role === 'admin' ? claim?.ground : undefined) ?? '';
  const body = [id, sessionId, userId, role, Math.floor(expiresAt / 1000), claimed].join('.');
  return `${body}.${sign(deps, DOWNLOAD, downloadText(fileId, body))}`;
}

const PUBLIC = 'public';

export function publicToken(
  deps: Signing,
  {
    shareId,
    fileId,
    expiresAt,
  }: { readonly shareId: FileShareId; readonly fileId: FileId; readonly expiresAt: Instant },
): string {
  const body = [PUBLIC, shareId, Math.floor(expiresAt / 1000)].join('.');
  return `${body}.${sign(deps, DOWNLOAD, downloadText(fileId, body))}`;
}

function publicPassIn(deps: Signing, id: FileId, parts: readonly string[], now: Instant): PublicPass | undefined {
  const [, shareId, end, mac = ''] = parts;
  if (!isSigned(deps, DOWNLOAD, downloadText(id, parts.slice(0, -1).join('.')), mac)) return undefined;
  return now < Number(end) * 1000 ? { kind: 'public', shareId: shareId as FileShareId } : undefined;
}

/** @returns undefined if it is no token of this file, or is over. Nothing is read for one that is not signed. */
export function passIn(deps: Signing, id: FileId, token: string, now: Instant): DownloadPass | PublicPass | undefined {
  const parts = token.split('.');
  if (parts[0] === PUBLIC && parts.length === 4) return publicPassIn(deps, id, parts, now);
  const [linkId, sessionId, userId, named, end, claimed = '', mac = ''] = parts;
  const role = ROLES.find((each) => each === named);
  const body = parts.slice(0, -1).join('.');
  if (parts.length !== 7 || !isSigned(deps, DOWNLOAD, downloadText(id, body), mac)) return undefined;
  if (role === undefined || now >= Number(end) * 1000) return undefined;
  return {
    kind: 'person',
    linkId: linkId as DownloadLinkId,
    sessionId: sessionId as SessionId,
    userId: userId as UserId,
    role,
    claim: claimIn(claimed),
  };
}

function claimIn(claimed: string): Claim | undefined {
  if (isUuid(claimed)) return { emergencyAccessId: claimed as EmergencyAccessId };
  const ground = ACCESS_GROUNDS.find((each) => each === claimed);
  return ground === undefined ? undefined : { ground };
}
