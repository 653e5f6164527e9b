/**
 * What the clinic must tell many people at once: that it has to close, or that their data was not safe (GDPR Art. 34). Whom an
 * alert is for is settled when it is made; they are told in portions.
 */
import { decided, type JobDraft } from '../shared/changes.ts';
import type { Id, NotificationId, UserId } from '../shared/ids.ts';
import type { DataKey } from '../shared/ports.ts';
import { ok, type Result, refuse } from '../shared/result.ts';
import type { Instant } from '../shared/time.ts';
import { CATEGORY_RULES, type SendingChannel } from './categories.ts';
import type { AlertDecision } from './decision.ts';
import type { MessageDraft, NotificationVariables } from './messages.ts';
import type { Reachable } from './receiver.ts';
import type { NotificationStatus } from './states.ts';

export type AlertId = Id<'alert'>;

export const ALERT_KINDS = ['emergency', 'breach'] as const;
export type AlertKind = (typeof ALERT_KINDS)[number];

export type AlertWords =
  | ({ readonly kind: 'emergency' } & Pick<NotificationVariables['emergency-alert'], 'body'>)
  | ({ readonly kind: 'breach' } & BreachWords);

/** The four things that GDPR Art. 34(2) asks for. */
export type BreachWords = Pick<
  NotificationVariables['breach-notice'],
  'whatHappened' | 'consequences' | 'measures' | 'contact'
>;

/** Whom an alert is for. */
export type AlertAudience =
  /** Patients with an appointment that begins in `[from, until)`. `null`: of all doctors, at all locations. */
  | {
      readonly kind: 'appointments';
      readonly from: Instant;
      readonly until: Instant;
      readonly doctorIds: readonly UserId[] | null;
      readonly locationId: string | null;
    }
  | { readonly kind: 'persons'; readonly ids: readonly UserId[] };

/** Most persons of one list. */
export const MOST_PERSONS = 10_000;
export const LONGEST_ALERT = 500;
export const LONGEST_BREACH_PART = 2000;
/** How many persons one job tells. It starts another job when it told that many. */
export const TOLD_AT_ONCE = 50;

/** How many an alert is for, and how they can be told. */
export interface AlertReach {
  readonly persons: number;
  /** Those that each channel takes the alert to. */
  readonly email: number;
  readonly sms: number;
  readonly push: number;
  /** Whom the clinic has to call: no channel reaches them, or they have no account and nobody acts for them. */
  readonly unreachable: number;
  /** Of these, those with an account: they can read it in the portal. */
  readonly portalOnly: number;
}

/** Persons in whom everything is alike that decides how an alert reaches them. */
export interface AlikeReceivers {
  readonly count: number;
  /** `null`: they have no account, and nobody acts for them. */
  readonly reachable: Reachable | null;
}

/** Some of those whom an alert is for. */
export interface ReachPortion {
  readonly receivers: readonly AlikeReceivers[];
  /** After whom the next portion begins; `null`: this is the last one. */
  readonly next: UserId | null;
}

export interface Alert {
  readonly id: AlertId;
  readonly kind: AlertKind;
  readonly createdBy: UserId;
  readonly createdAt: Instant;
  /** When the last one was told; `null` while it is being sent. */
  readonly finishedAt: Instant | null;
  readonly version: number;
}

/** How far an alert has come. */
export interface AlertProgress {
  readonly alert: Alert;
  readonly told: number;
  readonly pending: number;
  /** How many the clinic has to call: who cannot be told, and whom no channel has reached. */
  readonly unreachable: number;
}

/** How many deliveries of an alert are in a state. */
export interface AlertDeliveries {
  readonly channel: SendingChannel;
  readonly state: NotificationStatus;
  readonly count: number;
}

export interface AlertDetail extends AlertProgress {
  readonly deliveries: readonly AlertDeliveries[];
  /** The first of those whom the clinic has to call, by id. */
  readonly toCall: readonly UserId[];
}

/** How many of those whom the clinic has to call are listed. */
export const LISTED_TO_CALL = 100;

/** Somebody who has not been told yet. */
export interface AlertReceiver {
  readonly personId: UserId;
  readonly dataKey: DataKey;
  /** For whom the person acts; `null`: it concerns the person, or several for whom the person acts. */
  readonly aboutId: UserId | null;
}

/** An alert, and a portion of those who have not been told yet. */
export interface AlertPortion {
  readonly alert: Alert;
  readonly words: AlertWords;
  readonly receivers: readonly AlertReceiver[];
}

export type AlertChange =
  | {
      readonly type: 'alert.created';
      readonly id: AlertId;
      readonly words: AlertWords;
      readonly audience: AlertAudience;
      /** The alert's own. */
      readonly dataKey: DataKey;
      readonly createdBy: UserId;
      readonly at: Instant;
    }
  /** Guarded by the version, so that each portion is told once. */
  | {
      readonly type: 'alert.portion_told';
      readonly id: AlertId;
      readonly expectedVersion: number;
      readonly told: readonly { readonly personId: UserId; readonly notificationId: NotificationId }[];
      readonly isLast: boolean;
      readonly at: Instant;
    };

export type NobodyAffected = { readonly code: 'nobody_affected' };

/** Tells a portion of those whom an alert is for. */
export const SEND_ALERT = 'alert.send';

const { priority: PRIORITY } = CATEGORY_RULES.alert;

function portionJob(alertId: AlertId): JobDraft {
  return { topic: SEND_ALERT, payload: { alertId }, priority: PRIORITY };
}

export function createAlert(
  reach: AlertReach,
  made: Omit<Extract<AlertChange, { readonly type: 'alert.created' }>, 'type'>,
): Result<AlertDecision<AlertChange, AlertId>, NobodyAffected> {
  if (reach.persons === 0) return refuse({ code: 'nobody_affected' });
  const { id, words, audience } = made;
  return ok(
    decided({
      value: id,
      changes: [{ type: 'alert.created', ...made }],
      audit: [
        {
          type: 'alert.created',
          stream: 'system',
          outcome: 'success',
          resource: { type: 'alert', id },
          details: { kind: words.kind, audience: audience.kind, persons: reach.persons },
        },
      ],
      jobs: [portionJob(id)],
    }),
  );
}

/**
 * Tells the next portion.
 * @param ids of the messages, one for each receiver
 */
export function tellPortion(
  { alert, words, receivers }: AlertPortion,
  ids: readonly NotificationId[],
  now: Instant,
): AlertDecision<AlertChange, void> {
  const isLast = receivers.length < TOLD_AT_ONCE;
  const told = receivers.flatMap((receiver, index) => {
    const id = ids[index];
    return id === undefined ? [] : [{ id, receiver }];
  });
  return decided({
    value: undefined,
    changes: [
      {
        type: 'alert.portion_told',
        id: alert.id,
        expectedVersion: alert.version,
        told: told.map(({ id, receiver }) => ({ personId: receiver.personId, notificationId: id })),
        isLast,
        at: now,
      },
    ],
    audit: [],
    messages: told.map(({ id, receiver }) => messageTo(receiver, words, id, alert.createdBy)),
    jobs: isLast ? [] : [portionJob(alert.id)],
  });
}

function messageTo(
  { personId, dataKey, aboutId }: AlertReceiver,
  words: AlertWords,
  id: NotificationId,
  writtenBy: UserId,
): MessageDraft {
  const common = { id, userId: personId, dataKey, writtenBy };
  const about = aboutId === null ? {} : { patientId: aboutId };
  if (words.kind === 'emergency')
    return { ...common, template: 'emergency-alert', variables: { body: words.body, ...about } };
  const { whatHappened, consequences, measures, contact } = words;
  return {
    ...common,
    template: 'breach-notice',
    variables: { whatHappened, consequences, measures, contact, ...about },
  };
}
