/**
 * Erasure of a person's data. The proofs of the audit log stay valid, because they cover ciphertext whose key is destroyed (R55).
 */

import type { JobDraft } from '../shared/changes.ts';
import type { UserId } from '../shared/ids.ts';
import type { Instant } from '../shared/time.ts';
import type { AuditDraft } from './audit-events.ts';
import type { ClinicalIdentity, PrivacyChange } from './changes.ts';

/** Deletes files that no row refers to any more; the payload's `keys` and `folders` are JSON arrays. */
export const DELETE_FILES = 'privacy.delete_files';

/** Rewrites the table of keys, so that its files hold no dead row of a destroyed key (R74). */
export const REWRITE_KEYS = 'privacy.rewrite_keys';

/** The folders of a person's pictures and of the copies of their data; erasure deletes them as a whole. */
export function avatarFolder(userId: UserId): string {
  return `avatars/${userId}`;
}

export function exportFolder(userId: UserId): string {
  return `exports/${userId}`;
}

/**
 * Committed in the batch that closes the account, after the changes that close it. Records that were merged into this one are
 * erased with it.
 */
export function erasePerson(
  userId: UserId,
  at: Instant,
  { clinical, aliases }: { readonly clinical: ClinicalIdentity | null; readonly aliases: readonly UserId[] },
): {
  readonly changes: readonly PrivacyChange[];
  readonly audit: readonly AuditDraft[];
  readonly jobs: readonly JobDraft[];
} {
  const persons = [userId, ...aliases];
  return {
    changes: [{ type: 'user.erased', userId, aliases, at, clinical }],
    audit: persons.map((id) => ({
      type: 'user.erased',
      stream: id,
      outcome: 'success',
      resource: { type: 'user', id },
    })),
    jobs: [
      {
        topic: DELETE_FILES,
        payload: { folders: JSON.stringify(persons.flatMap((id) => [avatarFolder(id), exportFolder(id)])) },
      },
      { topic: REWRITE_KEYS, payload: {} },
    ],
  };
}
