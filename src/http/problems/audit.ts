/** Problems of the audit log. */
import type { NewOriginRefusal } from '../../app/audit/new-origin.ts';
import type { LogTooLarge } from '../../app/audit/verify.ts';
import { requestOf } from '../links.ts';
import { kind, type ProblemKind } from './kind.ts';

export type AuditErrorCode = NewOriginRefusal['code'] | LogTooLarge['code'];

export const AUDIT_PROBLEMS = {
  origin_not_needed: kind(
    409,
    'The audit log needs no new origin',
    'It continues every known checkpoint. See /audit/status.',
    'Nothing contradicts the audit log, so no new origin is needed.',
  ),
  log_too_large: kind(
    409,
    'The audit log is too large to be verified within a request',
    `${requestOf('startVerification')} verifies it in the background.`,
    'Verifying so many events takes longer than one request may take.',
  ),
} satisfies Readonly<Record<AuditErrorCode, ProblemKind>>;
