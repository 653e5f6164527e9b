/** A person's own history: its pages, and who acted in an event, in words for the person concerned. */

import type { AuditEventId, UserId } from '../shared/ids.ts';
import type { Instant } from '../shared/time.ts';

/** A place in a history, which may be made of the streams of several records of one person. */
export interface HistoryPlace {
  readonly at: Instant;
  readonly sequence: number;
  readonly id: AuditEventId;
}

/** A page of one person's stream, and of what the person did for others; within the times, `from` inclusive and `to` exclusive. */
export interface HistoryPage {
  readonly before: HistoryPlace | null;
  readonly limit: number;
  readonly from: Instant | null;
  readonly to: Instant | null;
  /** A patient is named if the reader acts for the patient at this moment. */
  readonly now: Instant;
}

/** A patient for whom somebody acted. */
export interface RepresentedPatient {
  readonly id: UserId;
  /** Null if the reader acts no more for the patient, or the account is closed. */
  readonly name: string | null;
}

/** The parts of an event that its description needs. */
export interface EventInBrief {
  readonly actorName: string | null;
  /** Whose record it is, if the reader acted for somebody else. */
  readonly patient?: Pick<RepresentedPatient, 'name'> | null;
  readonly content: {
    readonly actorKind: string;
    readonly actorId: string | null;
    readonly type: string;
    readonly outcome: string;
    readonly details: Readonly<Record<string, unknown>>;
  };
}

/** A link works for whoever has the mail. */
const MAILED_TO_READER = 'the link that was mailed to you';
const MAILED_TO_PROXY = 'the link that was mailed to somebody who acts for you';
/** A text message may come from whoever has the phone. */
const TEXTED_BY_READER = 'a text message from your phone';
const TEXTED_BY_PROXY = 'a text message from the phone of somebody who acts for you';

/** The actor as the person concerned reads it. */
export function actorInWords({ content, actorName, patient }: EventInBrief, reader: UserId): string {
  const { actorKind, actorId, details } = content;
  // Of a record that was merged the actor is the reader as well.
  if (actorId === reader || patient) return actorKind === 'api_key' ? 'a program with one of your API keys' : 'you';
  const suffix = isForReader(details) ? ', for you' : '';
  switch (actorKind) {
    case 'anonymous':
      if (details.channel === 'email') return details.by === 'proxy' ? MAILED_TO_PROXY : MAILED_TO_READER;
      if (details.channel === 'sms') return details.by === 'proxy' ? TEXTED_BY_PROXY : TEXTED_BY_READER;
      return 'somebody who was not signed in';
    case 'system':
      return 'the clinic';
    case 'api_key':
      if (actorName === null) return suffix === '' ? 'a program of the clinic' : `a program of somebody${suffix}`;
      return `a program of ${actorName}${suffix}`;
    default:
      return `${actorName ?? 'somebody whose account is closed'}${suffix}`;
  }
}

/** Whether a proxy did it: a patient, in the record of another one. */
function isForReader({ onBehalfOf, actorRole }: Readonly<Record<string, unknown>>): boolean {
  return typeof onBehalfOf === 'string' || actorRole === 'patient';
}

/** The text of an event in the record of a patient, told to the proxy who caused it. */
export function actInWords(text: string, { name }: Pick<RepresentedPatient, 'name'>): string {
  const whom = name ?? 'the patient';
  const told = text
    .replace(/\byour\b/gi, () => `${whom}’s`)
    .replace(/\byou were\b/i, () => `${whom} was`)
    .replace(/\byou\b/gi, () => whom)
    .replaceAll('{actor}', 'you');
  const named = told.includes(whom) ? told : `${told.slice(0, -1)}, for ${whom}.`;
  return named.charAt(0).toUpperCase() + named.slice(1);
}
