/** Problems of every command, whichever context it belongs to. */
import type { Contended, KeyReused } from '../../app/command.ts';
import { kind, type ProblemKind } from './kind.ts';

export type CommandErrorCode = Contended['code'] | KeyReused['code'];

export const COMMAND_PROBLEMS = {
  version_conflict: kind(
    409,
    'Another request changed the same resource at the same time',
    'Nothing was changed. Read the resource again and retry.',
    'Concurrent requests changed the same resource more often than the portal retries.',
  ),
  idempotency_key_reused: kind(
    422,
    'The idempotency key was used for another request',
    'Use a new key for each new request.',
    'The same Idempotency-Key was used within 24 hours with another body or for another operation.',
  ),
} satisfies Readonly<Record<CommandErrorCode, ProblemKind>>;
