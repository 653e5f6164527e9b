/** Free times as the API lists them. */
import type { Answer } from '../../app/api.ts';
import type { Language } from '../../app/appearance.ts';
import { turnOf, wallTime } from '../../app/dates.ts';
import type { Texts } from '../../texts/texts.tsx';

export type Slot = Answer<'listNextAvailable'>['data'][number];
export type VisitType = Answer<'listAppointmentTypes'>['data'][number];
export type Doctor = Answer<'listDoctors'>['data'][number];

/** What the reader looks for. */
export interface Wanted {
  readonly type: string;
  readonly doctorId?: string | undefined;
  readonly specialty?: string | undefined;
}

/** The same doctor at the same instant. */
export const keyOf = ({ doctorId, start }: Pick<Slot, 'doctorId' | 'start'>): string =>
  `${doctorId} ${Date.parse(start)}`;

export interface DayOfSlots {
  readonly date: string;
  readonly slots: readonly Slot[];
}

/** By day, in order. A chosen time stays in its place although it is kept, and so not free, by now. */
export function byDay(slots: readonly Slot[], chosen: Slot | null): readonly DayOfSlots[] {
  const isThere = chosen === null || slots.some((slot) => keyOf(slot) === keyOf(chosen));
  const all = isThere ? slots : [...slots, chosen];
  const sorted = all.toSorted(
    (a, b) => Date.parse(a.start) - Date.parse(b.start) || a.doctorName.localeCompare(b.doctorName),
  );
  const days = new Map<string, Slot[]>();
  for (const slot of sorted) days.set(slot.date, [...(days.get(slot.date) ?? []), slot]);
  return [...days].map(([date, each]) => ({ date, slots: each })).toSorted((a, b) => a.date.localeCompare(b.date));
}

/** `10:00`, or `2:30 (second)` on the night on which clocks are set back. */
export function timeOf(
  { start, startTime, timezone }: Pick<Slot, 'start' | 'startTime' | 'timezone'>,
  language: Language,
  texts: Texts,
): string {
  const turn = turnOf(start, timezone);
  const time = wallTime(startTime, language);
  return turn === null ? time : `${time} ${texts.booking.time[turn]}`;
}

/** Doctors whom the wish leaves: they take patients, and offer the type. */
export function fitting(doctors: readonly Doctor[], types: readonly VisitType[], wanted: Wanted): readonly Doctor[] {
  const offeredBy = types.find(({ code }) => code === wanted.type)?.doctorIds ?? null;
  return doctors.filter(
    ({ id, specialty, acceptingPatients }) =>
      acceptingPatients &&
      (offeredBy === null || offeredBy.includes(id)) &&
      (wanted.doctorId === undefined || wanted.doctorId === id) &&
      (wanted.specialty === undefined || wanted.specialty === specialty),
  );
}
