/** What reports need to know of a booking, and cannot find out later without opening records. */
import { daysInMonth, type LocalDate } from '../shared/time.ts';

export const AGE_BANDS = ['0-17', '18-39', '40-64', '65-79', '80+'] as const;
export type AgeBand = (typeof AGE_BANDS)[number];

/** What is recorded with a booking, so that reports open no patient's record. */
export interface BookingFacts {
  /** The patient's age on the local date of the start; `null` when the date of birth is not known. */
  readonly ageBand: AgeBand | null;
  /** Whether it is the patient's first appointment with the doctor. */
  readonly isNewPatient: boolean;
}

/** @param date not before the date of birth; somebody who is not born yet counts as 0 */
export function ageBandOn(dateOfBirth: LocalDate, date: LocalDate): AgeBand {
  const age = ageOn(dateOfBirth, date);
  if (age < 18) return '0-17';
  if (age < 40) return '18-39';
  if (age < 65) return '40-64';
  return age < 80 ? '65-79' : '80+';
}

/** Completed years. Who was born on 29 February completes a year on the last day of February. */
function ageOn(dateOfBirth: LocalDate, date: LocalDate): number {
  const [birthYear, birthMonth, birthDay] = partsOf(dateOfBirth);
  const [year, month, day] = partsOf(date);
  const birthday = Math.min(birthDay, daysInMonth(year, birthMonth));
  const isBefore = month < birthMonth || (month === birthMonth && day < birthday);
  return year - birthYear - (isBefore ? 1 : 0);
}

function partsOf(date: LocalDate): [year: number, month: number, day: number] {
  const [year, month, day] = date.split('-').map(Number);
  return [year ?? 0, month ?? 1, day ?? 1];
}
