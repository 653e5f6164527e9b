/** The audit log in the words of the person it is about. */

import type { UserId } from '../shared/ids.ts';

/** What the words of an event are made of. */
export interface EventInBrief {
  readonly actorName: string | null;
  readonly content: {
    readonly actorKind: string;
    readonly actorId: string | null;
    readonly type: string;
    readonly outcome: string;
  };
}

/** Who did it, as the person concerned reads it. */
export function actorInWords({ content, actorName }: EventInBrief, reader: UserId): string {
  const { actorKind, actorId } = content;
  if (actorId === reader) return actorKind === 'api_key' ? 'a program with one of your API keys' : 'you';
  switch (actorKind) {
    case 'anonymous':
      return 'somebody who was not signed in';
    case 'system':
      return 'the clinic';
    case 'api_key':
      return actorName === null ? 'a program of the clinic' : `a program of ${actorName}`;
    default:
      return actorName ?? 'somebody whose account is closed';
  }
}
