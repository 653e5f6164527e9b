/** Restriction of processing (GDPR Art. 18) and objection to optional processing (Art. 21). */

import { decided } from '../shared/changes.ts';
import type { Id, UserId } from '../shared/ids.ts';
import { ok, type Result, refuse } from '../shared/result.ts';
import { type CredentialsRevoked, revokeCredentials } from '../shared/revocation.ts';
import type { Instant } from '../shared/time.ts';
import type { PrivacyChange } from './changes.ts';
import type { Decision } from './decision.ts';
import type { Receiver } from './emergency-access.ts';
import type { MessageDraft } from './messages.ts';

export type ProcessingLimitId = Id<'processing_limit'>;

/**
 * - `restriction`: only the person, and administrators who state a ground, can read the record
 * - `objection`: optional messages are not sent, and other optional processing stops
 */
export const LIMIT_KINDS = ['restriction', 'objection'] as const;
export type LimitKind = (typeof LIMIT_KINDS)[number];

/** Art. 18(1) and 21(1), in that order; the last is for an objection. */
export const LIMIT_GROUNDS = [
  'accuracy_contested',
  'unlawful_processing',
  'needed_for_claims',
  'objection_pending',
  'own_situation',
] as const;
export type LimitGround = (typeof LIMIT_GROUNDS)[number];

export interface ProcessingLimit {
  readonly id: ProcessingLimitId;
  readonly userId: UserId;
  readonly kind: LimitKind;
  readonly ground: LimitGround;
  readonly setAt: Instant;
  readonly setBy: UserId;
  readonly lifted: { readonly at: Instant; readonly by: UserId } | null;
}

export type LimitInForce = { readonly code: 'limit_in_force' };
/** A credential that passes data on cannot be created while a restriction is in force. */
export type ProcessingRestricted = { readonly code: 'processing_restricted' };

function told(receiver: Receiver, kind: LimitKind, isSet: boolean): MessageDraft {
  return {
    template: 'processing-limit',
    variables: { kind, isSet },
    userId: receiver.userId,
    dataKey: receiver.dataKey,
  };
}

/** A restriction also revokes the credentials that pass the record on to programs and third parties (R64). */
export function setLimit(
  limit: ProcessingLimit,
  receiver: Receiver,
): Decision<PrivacyChange | CredentialsRevoked, ProcessingLimit> {
  return decided({
    value: limit,
    changes: [
      { type: 'processing_limit.set', limit },
      ...(limit.kind === 'restriction'
        ? [revokeCredentials('account_restricted', limit.userId, null, limit.setAt)]
        : []),
    ],
    audit: [
      {
        type: 'processing_limit.set',
        stream: limit.userId,
        outcome: 'success',
        resource: { type: 'processing_limit', id: limit.id },
        details: { kind: limit.kind, ground: limit.ground },
      },
    ],
    messages: [told(receiver, limit.kind, true)],
  });
}

export function liftLimit(
  limit: ProcessingLimit,
  receiver: Receiver,
  by: UserId,
  at: Instant,
): Result<Decision<PrivacyChange, void>, { readonly code: 'not_found' }> {
  if (limit.lifted !== null) return refuse({ code: 'not_found' });
  return ok(
    decided({
      value: undefined,
      changes: [{ type: 'processing_limit.lifted', id: limit.id, by, at }],
      audit: [
        {
          type: 'processing_limit.lifted',
          stream: limit.userId,
          outcome: 'success',
          resource: { type: 'processing_limit', id: limit.id },
          details: { kind: limit.kind },
        },
      ],
      messages: [told(receiver, limit.kind, false)],
    }),
  );
}
