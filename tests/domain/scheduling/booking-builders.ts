/** Requests and contexts of bookings for tests. */
import { type BookingContext, type BookingRequest, book } from '../../../domain/scheduling/booking.ts';
import { DEFAULT_POLICY } from '../../../domain/scheduling/policy.ts';
import type { BookingState } from '../../../domain/scheduling/slot-check.ts';
import { date, id, NOW, PATIENT, PATIENT_ID, refusal, time } from './builders.ts';

export const MINUTE = 60_000;

export function request(day: string, clock: string, fields: Partial<BookingRequest> = {}): BookingRequest {
  return {
    patientId: PATIENT_ID,
    dateOfBirth: null,
    start: { kind: 'local', date: date(day), time: time(clock) },
    endTime: null,
    reason: null,
    symptoms: null,
    notes: null,
    holdId: null,
    answers: [],
    visitMode: null,
    exception: null,
    ...fields,
  };
}

export function by(fields: Partial<BookingContext> = {}): BookingContext {
  return { actor: PATIENT, now: NOW, policy: DEFAULT_POLICY, appointmentId: id('new'), seriesId: null, ...fields };
}

export function reasons(given: BookingState, wanted: BookingRequest, ctx = by()) {
  const refused = refusal(book(given, wanted, null, ctx));
  return 'reasons' in refused ? refused.reasons.map(({ code }) => code) : [refused.code];
}
