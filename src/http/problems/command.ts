/** Problems of every command, whichever context it belongs to. */
import type { Contended, KeyReused } from '../../app/command.ts';
import { kind, type ProblemKind } from './kind.ts';

export type CommandErrorCode = Contended['code'] | KeyReused['code'];

export const COMMAND_PROBLEMS = {
  version_conflict: kind(
    409,
    'Another request changed the same resource at the same time',
    'Nothing was changed. Read the resource again and retry.',
  ),
  idempotency_key_reused: kind(
    422,
    'The idempotency key was used for another request',
    'Use a new key for each new request.',
  ),
} satisfies Readonly<Record<CommandErrorCode, ProblemKind>>;
