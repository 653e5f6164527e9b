/** Actions of an officer on behalf of a person: each needs a ground, is recorded, and is reported to the person by mail. */

import type { UserId } from '../shared/ids.ts';
import type { AuditDraft } from './audit-events.ts';
import type { Receiver } from './emergency-access.ts';
import type { MessageDraft } from './messages.ts';

/** How the person, or their representative, made the request. */
export const REQUEST_GROUNDS = [
  'written_request',
  'in_person',
  'by_telephone',
  'legal_representative',
  'authority',
] as const;
export type RequestGround = (typeof REQUEST_GROUNDS)[number];

export type OnBehalf = 'export_requested' | 'export_downloaded' | 'rectified';

const EVENTS = {
  export_requested: 'privacy.export_requested_for',
  export_downloaded: 'privacy.export_downloaded_for',
  rectified: 'privacy.rectified_for',
} as const;

export function onBehalfOf(
  userId: UserId,
  what: OnBehalf,
  resource: { readonly type: string; readonly id: string },
  ground: RequestGround | null,
): AuditDraft {
  return {
    type: EVENTS[what],
    stream: userId,
    outcome: 'success',
    resource,
    ...(ground === null ? {} : { details: { ground } }),
  };
}

export function tellOnBehalf({ userId, dataKey }: Receiver, what: OnBehalf): MessageDraft {
  return {
    template: 'acted-on-behalf',
    variables: { what },
    userId,
    dataKey,
  };
}
