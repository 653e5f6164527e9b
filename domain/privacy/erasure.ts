/** The end of a person's data. Proofs stay whole: they cover ciphertext, whose key is destroyed (R55). */

import type { JobDraft } from '../shared/changes.ts';
import type { UserId } from '../shared/ids.ts';
import type { Instant } from '../shared/time.ts';
import type { AuditDraft } from './audit-events.ts';
import type { ClinicalIdentity, PrivacyChange } from './changes.ts';

/** Deletes files that nothing points to any more; the payload's `keys` and `folders` are JSON arrays. */
export const DELETE_FILES = 'privacy.delete_files';

/** Writes the keys' table anew, so that its files hold no dead row of a destroyed key (R74). */
export const REWRITE_KEYS = 'privacy.rewrite_keys';

/** Where somebody's pictures lie, and the copies of their data: whole folders, so that nothing in them is forgotten. */
export function avatarFolder(userId: UserId): string {
  return `avatars/${userId}`;
}

export function exportFolder(userId: UserId): string {
  return `exports/${userId}`;
}

/** Goes into the batch that closes the account, after what closes it. */
export function erasePerson(
  userId: UserId,
  at: Instant,
  clinical: ClinicalIdentity | null,
): {
  readonly changes: readonly PrivacyChange[];
  readonly audit: readonly AuditDraft[];
  readonly jobs: readonly JobDraft[];
} {
  return {
    changes: [{ type: 'user.erased', userId, at, clinical }],
    audit: [{ type: 'user.erased', stream: userId, outcome: 'success', resource: { type: 'user', id: userId } }],
    jobs: [
      { topic: DELETE_FILES, payload: { folders: JSON.stringify([avatarFolder(userId), exportFolder(userId)]) } },
      { topic: REWRITE_KEYS, payload: {} },
    ],
  };
}
