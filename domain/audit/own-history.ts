/** The audit log in the words of the person it is about. */
import { AUDIT_CATALOG, isAuditEventType } from '../shared/audit-catalog.ts';
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

/** One sentence. An event of a later version, whose words are not known here, still says what kind it is. */
export function eventInWords(event: EventInBrief, reader: UserId): string {
  const { type, outcome } = event.content;
  const actor = actorInWords(event, reader);
  const sentence = isAuditEventType(type)
    ? AUDIT_CATALOG[type].text.replaceAll('{actor}', actor)
    : `${type} was recorded, by ${actor}.`;
  const isRefusal = /refused|failed|wrong|not possible|not be delivered|given up/.test(sentence);
  return outcome === 'failure' && !isRefusal ? `${sentence.slice(0, -1)}; it was not carried out.` : sentence;
}
