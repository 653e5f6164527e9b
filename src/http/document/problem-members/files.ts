import { z } from '@hono/zod-openapi';
import { FILE_STATES } from '../../../../domain/files/file.ts';
import { FILE_TYPES } from '../../../../domain/files/file-type.ts';
import { NO_THUMBNAIL_REASONS } from '../../../../domain/files/thumbnail.ts';
import { CONTENT_FAULTS } from '../../../../domain/files/word-document.ts';
import type { FileErrorCode } from '../../problems/files.ts';
import { shownInstant } from '../../shown.ts';
import type { MemberSchemas } from './member-schemas.ts';

export const FILE_MEMBERS = {
  file_too_large: { limit: z.int() },
  file_quota_exceeded: {
    limit: z.int().nullable().openapi({ description: 'In bytes; null: there are too many files' }),
  },
  file_type_mismatch: { detected: z.enum(FILE_TYPES), declaredBy: z.enum(['media_type', 'filename']) },
  file_content_refused: { fault: z.enum(CONTENT_FAULTS) },
  file_incomplete: { expected: z.int(), received: z.int() },
  file_offset_mismatch: { 'expected-offset': z.int(), 'provided-offset': z.int() },
  file_length_inconsistent: { expected: z.int() },
  file_thumbnail_none: { reason: z.enum(NO_THUMBNAIL_REASONS) },
  file_share_end_invalid: { latest: shownInstant },
  too_many_file_shares: { limit: z.int() },
  file_not_available: { state: z.enum(FILE_STATES) },
} satisfies Readonly<Partial<Record<FileErrorCode, MemberSchemas>>>;
