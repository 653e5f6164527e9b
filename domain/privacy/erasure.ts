/** The end of a person's data. Proofs stay whole: they cover ciphertext, whose key is destroyed (R55). */
import type { AuditDraft } from '../shared/audit-catalog.ts';
import type { JobDraft } from '../shared/changes.ts';
import type { UserId } from '../shared/ids.ts';
import type { Instant } from '../shared/time.ts';
import type { PrivacyChange } from './changes.ts';
import type { ErasureFacts } from './ports.ts';

/** Deletes files that nothing points to any more; the payload's `keys` is a JSON array. */
export const DELETE_FILES = 'privacy.delete_files';

/** Goes into the batch that closes the account, after what closes it. */
export function erasePerson(
  userId: UserId,
  facts: ErasureFacts,
  at: Instant,
): {
  readonly changes: readonly PrivacyChange[];
  readonly audit: readonly AuditDraft[];
  readonly jobs: readonly JobDraft[];
} {
  return {
    changes: [{ type: 'user.erased', userId, email: facts.email, at }],
    audit: [{ type: 'user.erased', stream: userId, outcome: 'success', resource: { type: 'user', id: userId } }],
    jobs:
      facts.fileKeys.length === 0 ? [] : [{ topic: DELETE_FILES, payload: { keys: JSON.stringify(facts.fileKeys) } }],
  };
}
