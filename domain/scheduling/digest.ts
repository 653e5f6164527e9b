/**
 * Daily digests: once a day, doctors and staff are told how many appointments the next day has and when, and how many requests wait
 * for an answer. They say nothing of patients. They are sent in portions.
 */
import { decided, type JobDraft } from '../shared/changes.ts';
import type { UserId } from '../shared/ids.ts';
import type { DataKey } from '../shared/ports.ts';
import type { Instant, LocalDate, LocalTime } from '../shared/time.ts';
import { localDateAt, localTimeAt } from '../shared/zone.ts';
import type { Decision } from './decision.ts';
import { boundsOf, type DigestDay } from './digest-day.ts';
import type { SchedulingVariables } from './messages.ts';

/** How many persons one job looks at. It starts another job when it looked at that many. */
export const TOLD_AT_ONCE = 50;
/** Of how many doctors a digest tells the times. Of the others it tells how many they are. */
export const LISTED_DOCTORS = 40;

/** Sends a portion of the digests. */
export const SEND_DIGESTS = 'digest.send';
/** That of the category: the least urgent. */
const PRIORITY = 8;

/** Somebody who works for the clinic. */
export interface DigestReceiver {
  readonly personId: UserId;
  readonly role: 'doctor' | 'staff';
  readonly dataKey: DataKey;
}

/** When appointments of a doctor begin: those that the doctor leads, and those that the doctor attends as a further doctor. */
export interface DoctorStarts {
  readonly doctorId: UserId;
  readonly doctorName: string;
  readonly led: readonly Instant[];
  readonly attended: readonly Instant[];
}

/** How many requests wait for a doctor. */
export interface DoctorRequests {
  readonly doctorId: UserId;
  readonly led: number;
  readonly attended: number;
}

export interface DigestPortion {
  readonly version: number;
  /** The next ones by id, at most {@link TOLD_AT_ONCE}. */
  readonly receivers: readonly DigestReceiver[];
  /** Of all doctors with appointments, by name. Starts on other days are not counted. */
  readonly doctors: readonly DoctorStarts[];
  readonly requests: readonly DoctorRequests[];
}

export type DigestChange =
  /** Guarded: fails when digests were begun for that day, or for a later one. */
  | { readonly type: 'digest.begun'; readonly date: LocalDate; readonly at: Instant }
  /** Guarded by the version, so that each portion is told once. */
  | {
      readonly type: 'digest.portion_told';
      readonly date: LocalDate;
      readonly expectedVersion: number;
      /** `null`: there was nobody left. */
      readonly lastPerson: UserId | null;
      readonly isLast: boolean;
      readonly at: Instant;
    };

function portionJob({ date, timezone }: DigestDay): JobDraft {
  return { topic: SEND_DIGESTS, payload: { date, timezone }, priority: PRIORITY };
}

export function beginDigests(day: DigestDay, now: Instant): Decision<DigestChange, void> {
  return decided({
    value: undefined,
    changes: [{ type: 'digest.begun', date: day.date, at: now }],
    audit: [],
    jobs: [portionJob(day)],
  });
}

/** Tells the next portion. Whoever has no appointments and no requests is told nothing. */
export function tellDigests(portion: DigestPortion, day: DigestDay, now: Instant): Decision<DigestChange, void> {
  const { version, receivers } = portion;
  const isLast = receivers.length < TOLD_AT_ONCE;
  const usefulUntil = boundsOf(day).end;
  const lastPerson = receivers.at(-1)?.personId ?? null;
  return decided({
    value: undefined,
    changes: [{ type: 'digest.portion_told', date: day.date, expectedVersion: version, lastPerson, isLast, at: now }],
    audit: [],
    messages: receivers.flatMap((receiver) => {
      const variables = digestFor(receiver, portion, day);
      if (variables === undefined) return [];
      const { personId: userId, dataKey } = receiver;
      return [{ template: 'daily-digest' as const, variables, userId, dataKey, usefulUntil }];
    }),
    jobs: isLast ? [] : [portionJob(day)],
  });
}

type Digest = SchedulingVariables['daily-digest'];

/** @returns `undefined` if there is nothing to tell */
export function digestFor(
  { personId, role }: Pick<DigestReceiver, 'personId' | 'role'>,
  { doctors, requests }: Pick<DigestPortion, 'doctors' | 'requests'>,
  day: DigestDay,
): Digest | undefined {
  const isTold = ({ doctorId }: { readonly doctorId: UserId }) => role === 'staff' || doctorId === personId;
  const onDay = doctors.filter(isTold).map((doctor) => onDate(doctor, day));
  const working = onDay.filter(({ led, attended }) => led.length + attended.length > 0);
  // Of the clinic each appointment counts once, though several doctors take part; of a doctor those count that another one leads.
  const isOwn = role === 'doctor';
  const appointments = sum(working.map(({ led, attended }) => led.length + (isOwn ? attended.length : 0)));
  const waiting = sum(requests.filter(isTold).map(({ led, attended }) => led + (isOwn ? attended : 0)));
  if (appointments + waiting === 0) return undefined;
  return {
    ...day,
    requests: waiting,
    appointments,
    doctors: working
      .slice(0, LISTED_DOCTORS)
      .map((doctor) => ({ doctorName: doctor.doctorName, times: timesOf(doctor, day) })),
    moreDoctors: Math.max(0, working.length - LISTED_DOCTORS),
  };
}

function onDate({ led, attended, ...doctor }: DoctorStarts, { date, timezone }: DigestDay): DoctorStarts {
  const isThen = (start: Instant) => localDateAt(timezone, start) === date;
  return { ...doctor, led: led.filter(isThen), attended: attended.filter(isThen) };
}

/** In order, each once: several patients may come to one time. */
function timesOf({ led, attended }: DoctorStarts, { timezone }: DigestDay): LocalTime[] {
  const starts = [...led, ...attended].toSorted((a, b) => a - b);
  return [...new Set(starts.map((start) => localTimeAt(timezone, start)))];
}

function sum(counts: readonly number[]): number {
  return counts.reduce((total, count) => total + count, 0);
}
