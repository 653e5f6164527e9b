/** Who acted in an audit event, in words for the person concerned. */

import type { UserId } from '../shared/ids.ts';

/** The parts of an event that its description needs. */
export interface EventInBrief {
  readonly actorName: string | null;
  readonly content: {
    readonly actorKind: string;
    readonly actorId: string | null;
    readonly type: string;
    readonly outcome: string;
  };
}

/** The actor as the person concerned reads it. */
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
