/** Messages to the owner about the second factor. */

import type { MessageDraft, MessageVariables } from '../../../domain/messages.ts';
import type { UserActor } from '../../../domain/shared/actor.ts';
import type { UserId } from '../../../domain/shared/ids.ts';
import type { DataKey } from '../../../domain/shared/ports.ts';

export type FactorNotice = MessageVariables['mfa-changed']['what'];

export function mfaNotice(actor: UserActor, what: FactorNotice): MessageDraft {
  const { userId, dataKey } = actor;
  return { template: 'mfa-changed', variables: { what }, userId, dataKey };
}

/** @param left how many codes still work */
export function backupCodeNotice(userId: UserId, dataKey: DataKey, left: number): MessageDraft {
  return { template: 'backup-code-used', variables: { left }, userId, dataKey };
}
