/** How files are described and shown. */
import { z } from '@hono/zod-openapi';
import { FILE_KINDS, FILE_STATES, type PatientFile } from '../../../../domain/files/file.ts';
import { fileNameFault } from '../../../../domain/files/file-name.ts';
import { mayChange } from '../../../../domain/files/life.ts';
import type { ReachedFile } from '../../../../domain/files/loads.ts';
import { mayShare } from '../../../../domain/files/share.ts';
import { thumbnailState } from '../../../../domain/files/thumbnail.ts';
import type { KnownActor } from '../../../../domain/shared/actor.ts';
import { UNREADABLE } from '../../../../domain/shared/sealed-columns.ts';
import { formatInstant, type Instant } from '../../../../domain/shared/time.ts';
import { list, parsedText, rawText } from '../../bounds.ts';
import { isPermitted, type Link, linkTo } from '../../links.ts';
import { isSoundText } from '../../middleware/request.ts';
import type { ProblemDetails } from '../../problems.ts';
import { damagedSchema, idSchema, label, links, targetId, text } from '../../schemas.ts';
import { shownHash, shownId, shownInstant, shownText } from '../../shown.ts';

const MAXIMUM_TAGS = 20;
const MAXIMUM_TAG = 50;
/** In UTF-16 code units; the domain counts bytes. */
const MAXIMUM_NAME = 1_020;

export const fileParams = z.object({ id: targetId('file', 'The file') });

export const fileType = z.enum(FILE_KINDS).openapi({ example: 'lab_result' });
export const description = text(1_000).openapi({ example: 'Blood count, spring' });
const tag = label(MAXIMUM_TAG);
export const tags = list(tag, MAXIMUM_TAGS).openapi({ example: ['blood'] });

export const filename = parsedText(
  MAXIMUM_NAME,
  (value) => {
    const name = value.normalize('NFC').trim();
    return isSoundText(name) && fileNameFault(name) === undefined ? name : undefined;
  },
  'expected the name of a file: one visible line, without a path, at most 255 bytes',
).openapi({ type: 'string', maxLength: MAXIMUM_NAME, example: 'blood-count.pdf' });

export const sha256 = rawText(64)
  .regex(/^[0-9a-f]{64}$/, { error: 'expected SHA-256 in 64 hexadecimal digits' })
  .openapi({ description: 'SHA-256 of the bytes, hexadecimal: they are compared with it' });

export const patientId = idSchema<'user'>(
  'Whom the file is about. Default: yourself; the clinic must name the patient',
);
export const appointmentId = idSchema<'appointment'>('An appointment of this person that the file belongs to');

/** Without repetition, in the order in which they were named first. */
export function distinctTags(given: readonly string[]): string[] {
  const first = (each: string, index: number) =>
    given.findIndex((other) => other.toLowerCase() === each.toLowerCase()) === index;
  return given.filter(first);
}

/** The parts of a form that are text. Tags are separated by commas, or are several fields. */
export const formFields = z.strictObject({
  fileType: fileType.optional(),
  description: description.optional(),
  tags: parsedText(
    MAXIMUM_TAGS * (MAXIMUM_TAG + 1) * 4,
    (value) => {
      const given = value.split(',').map((each) => each.trim());
      const parsed = tags.safeParse(given.filter((each) => each !== ''));
      return parsed.success ? parsed.data : undefined;
    },
    `expected up to ${MAXIMUM_TAGS} tags of up to ${MAXIMUM_TAG} characters, separated by commas`,
  )
    .optional()
    .openapi({ type: 'string', description: 'Separated by commas', example: 'blood,2026' }),
  patientId: patientId.optional(),
  appointmentId: appointmentId.optional(),
  sha256: sha256.optional(),
});

export const fileSchema = z
  .object({
    id: shownId,
    patientId: shownId.openapi({ description: 'Whom it is about' }),
    uploadedBy: shownId,
    origin: z.enum(['own', 'clinic']).openapi({
      description:
        '`own`: added by the person, or by somebody who acts for the person. `clinic`: a document of the clinic',
    }),
    fileType: z.enum(FILE_KINDS),
    state: z.enum(FILE_STATES).openapi({
      description:
        '`uploading`: its bytes arrive. `scanning`: it waits for the scanner. `clean`: it can be downloaded. `infected`, `unscannable`: it is kept from everybody',
    }),
    filename: shownText(MAXIMUM_NAME, 'blood-count.pdf'),
    description: shownText(1_000, 'Blood count, spring').nullable(),
    tags: z.array(shownText(MAXIMUM_TAG, 'blood')),
    mimeType: z.string().max(200).openapi({
      description: 'As found in the bytes; as declared while it is uploaded',
      example: 'application/pdf',
    }),
    sizeBytes: z.int(),
    sha256: shownHash('Of the bytes, as declared while it is uploaded').nullable(),
    appointmentId: shownId.nullable(),
    finding: shownText(200, 'Win.Test.EICAR_HDB-1').nullable().openapi({ description: 'What the scanner found' }),
    thumbnail: z.enum(['pending', 'ready', 'none']).openapi({
      description:
        '`ready`: there are small pictures of it. `pending`: they are made once it is scanned. `none`: there will be none',
    }),
    createdAt: shownInstant,
    completedAt: shownInstant.nullable(),
    scannedAt: shownInstant.nullable(),
    deletedAt: shownInstant.nullable(),
    version: z.int(),
    damaged: damagedSchema,
    _links: links,
  })
  .openapi('File');

export type ShownFile = z.infer<typeof fileSchema>;

const instantOrNull = (instant: Instant | null) => (instant === null ? null : formatInstant(instant));

/** @param via `share`: the actor may read the file and nothing else */
export function presentFile(actor: KnownActor, file: PatientFile, via: ReachedFile['via'] = 'record'): ShownFile {
  const { id, details } = file;
  return {
    id,
    patientId: file.ownerId,
    uploadedBy: file.uploadedBy,
    origin: file.origin,
    fileType: file.kind,
    state: file.state,
    filename: details?.name ?? UNREADABLE,
    description: details?.description ?? null,
    tags: [...(details?.tags ?? [])],
    mimeType: file.mimeType,
    sizeBytes: file.sizeBytes,
    sha256: details?.sha256 ?? null,
    appointmentId: file.appointmentId,
    finding: details?.finding ?? null,
    thumbnail: thumbnailState(file).state,
    createdAt: formatInstant(file.createdAt),
    completedAt: instantOrNull(file.completedAt),
    scannedAt: instantOrNull(file.scannedAt),
    deletedAt: instantOrNull(file.deletedAt),
    version: file.version,
    ...(details === null ? { damaged: ['details'] } : {}),
    _links: { ...readingLinks(actor, file), ...(via === 'share' ? {} : changingLinks(actor, file)) },
  };
}

/** What a file shows beside what its version counts: whether it has thumbnails. */
export function inheritedBy({ thumbnails }: PatientFile): readonly number[] {
  return thumbnails === null ? [] : [thumbnails === 'ready' ? 1 : 2];
}

function isKept({ completedAt, deletedAt }: PatientFile): boolean {
  return completedAt !== null && deletedAt === null;
}

function isOpen(file: PatientFile): boolean {
  return isKept(file) && file.state === 'clean' && file.details !== null;
}

/** A link to the bytes only while they can be opened (R53). */
function readingLinks(actor: KnownActor, file: PatientFile): Record<string, Link> {
  const { id } = file;
  if (!isOpen(file)) return { self: linkTo('getFile', { id }) };
  return {
    self: linkTo('getFile', { id }),
    download: linkTo('downloadFile', { id }),
    ...(thumbnailState(file).state === 'ready' ? { thumbnail: linkTo('getFileThumbnail', { id }) } : {}),
    ...(isPermitted(actor, 'makeDownloadLink') ? { downloadLink: linkTo('makeDownloadLink', { id }) } : {}),
  };
}

function changingLinks(actor: KnownActor, file: PatientFile): Record<string, Link> {
  const { id, state, deletedAt, completedAt } = file;
  if (completedAt === null) return uploadLinks(id);
  const isTheirs = mayChange(actor, file);
  const mayRescan = isKept(file) && state !== 'scanning' && isPermitted(actor, 'rescanFile');
  return {
    ...(isTheirs && isKept(file) ? { update: linkTo('updateFile', { id }), delete: linkTo('deleteFile', { id }) } : {}),
    ...(isTheirs && deletedAt !== null ? { restore: linkTo('restoreFile', { id }) } : {}),
    ...(mayShare(actor, file) && isOpen(file) ? { share: linkTo('shareFile', { id }) } : {}),
    ...(isPermitted(actor, 'listFileShares') ? { shares: linkTo('listFileShares', { id }) } : {}),
    ...(actor.userId === file.ownerId && isPermitted(actor, 'listFileAccesses')
      ? { accesses: linkTo('listFileAccesses', { id }) }
      : {}),
    ...(mayRescan ? { rescan: linkTo('rescanFile', { id }) } : {}),
  };
}

function uploadLinks(id: string): Record<string, Link> {
  return {
    complete: linkTo('completeFileUpload', { id }),
    upload: linkTo('getFileUpload', { id }),
    append: linkTo('appendToFileUpload', { id }),
    cancel: linkTo('cancelFileUpload', { id }),
  };
}

/** The members of a refusal. */
export function detailsOf(error: { readonly code: string }): Partial<ProblemDetails> | undefined {
  const { code: _, ...members } = error;
  return Object.keys(members).length === 0 ? undefined : { members };
}
