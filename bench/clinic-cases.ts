/** The loads of scheduling, as the use cases ask for them in the clinic of `clinic-rows.ts`. */

import { createBlindIndex, generateIndexKey } from '../adapters/crypto/blind-index.ts';
import { createCalendarLoads } from '../adapters/postgres/scheduling/calendar-loads.ts';
import { createFrontDeskLoads } from '../adapters/postgres/scheduling/front-desk-loads.ts';
import { createSchedulingLoads } from '../adapters/postgres/scheduling/loads.ts';
import { createRebookingLoads } from '../adapters/postgres/scheduling/rebookings.ts';
import { createWaitlistLoads } from '../adapters/postgres/scheduling/waitlist-loads.ts';
import { createWallClockLoads } from '../adapters/postgres/scheduling/wall-clocks.ts';
import type { AppointmentType } from '../domain/scheduling/appointment-type.ts';
import { firstWindow } from '../domain/scheduling/earliest-search.ts';
import type { RebookingId, WaitlistEntryId, WaitlistOfferId } from '../domain/scheduling/ids.ts';
import type { LocationId } from '../domain/scheduling/location.ts';
import type { ResourceId } from '../domain/scheduling/resource.ts';
import type { AppointmentId, AppointmentTypeId, HoldId, UserId } from '../domain/shared/ids.ts';
import type { FieldCipher } from '../domain/shared/ports.ts';
import type { LocalDate } from '../domain/shared/time.ts';
import type { Viewer } from '../domain/shared/viewer.ts';
import { UTC } from '../domain/shared/zone.ts';
import { DOCTORS, idOf, secretOf } from './clinic-rows.ts';

const NOW = Date.parse('2026-03-02T12:00:00Z');
const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const TODAY = '2026-03-02' as LocalDate;
const A_YEAR_AGO = '2025-03-02' as LocalDate;
const MONTH = { from: TODAY, to: '2026-04-01' as LocalDate };
const WEEK = { from: '2026-03-09' as LocalDate, to: '2026-03-13' as LocalDate };
const PAGE = { after: null, limit: 20 };
const EVERYTHING = {
  patientId: null,
  doctorIds: null,
  typeCode: null,
  locationId: null,
  from: null,
  to: null,
  statuses: null,
};

const doctorId = idOf('doctor', 7) as UserId;
const otherDoctorId = idOf('doctor', 8) as UserId;
const patientId = idOf('patient', 6) as UserId;
const appointmentId = idOf('appointment', 24_007) as AppointmentId;
const start = Date.parse('2026-03-10T10:00:00Z');

const viewerOf = (userId: string, role: Viewer['role']): Viewer => ({
  ...{ userId: userId as UserId, role, ofPatients: role !== 'patient', ofRestricted: false, emergency: null },
  proxyAt: role === 'patient' ? NOW : null,
});
const patient = viewerOf(patientId, 'patient');
const doctor = viewerOf(doctorId, 'doctor');
const staff = viewerOf(idOf('staff', 0), 'staff');

type Cases = Readonly<Record<string, unknown>>;

const index = createBlindIndex(generateIndexKey());

function ofBooking(cipher: FieldCipher): Cases {
  const scheduling = createSchedulingLoads(cipher, index);
  const booking = (code: string, forPatient: UserId | null) =>
    scheduling.bookingState({
      ...{ doctorId, appointmentType: { code }, patientId: forPatient },
      dates: MONTH,
      now: NOW,
    });
  const search = (filter: { readonly specialty: string | null }, typeCode: string) =>
    scheduling.searched({
      ...{ typeCode, filter: { ...filter, doctorIds: null, text: null }, window: firstWindow(MONTH, NOW) },
      ...{ after: null, doctors: DOCTORS, patientId: null, now: NOW },
    });
  const move = { appointmentId, doctorId: null, dates: WEEK, now: NOW };
  return {
    'free times of a doctor, 31 days': booking('consultation', null),
    'free times of a doctor with rooms, 31 days': booking('routine_checkup', null),
    'a booking': booking('consultation', patientId),
    'a move': scheduling.moveState({ ...move, following: false }),
    'a move of a series': scheduling.moveState({ ...move, following: true }),
    'the earliest times of one specialty': search({ specialty: 'specialty 7' }, 'consultation'),
    'the earliest times of all doctors': search({ specialty: null }, 'consultation'),
    'the earliest times of all doctors with rooms': search({ specialty: null }, 'routine_checkup'),
    'a hold': scheduling.hold(idOf('appointment', 1) as HoldId),
    'live holds of one holder': scheduling.liveHolds(patientId, NOW),
    'whether a doctor may act for a patient': scheduling.mayActFor(doctor, patientId),
    'hours of a doctor': scheduling.availabilityRead(doctorId, MONTH),
    'holidays of a month': scheduling.holidays(MONTH),
    'use of a location': scheduling.locationUse(idOf('place', 0) as LocationId, NOW),
    'use of a room': scheduling.resourceUse(idOf('room', 3) as ResourceId, NOW),
    'who waits for a late doctor': scheduling.waiting(
      { doctorId, minutes: 30, setAt: NOW, endsAt: NOW + 12 * HOUR },
      NOW,
      100,
    ),
    'closing the account of a patient': scheduling.offboarding(patientId, NOW, 101),
    'closing the account of a doctor': scheduling.offboarding(doctorId, NOW, 101),
    'another role for a doctor': scheduling.resignation(doctorId, NOW),
  };
}

/** Appointments, and lists of them. */
export function listCases(cipher: FieldCipher): Cases {
  const scheduling = createSchedulingLoads(cipher, index);
  const desk = createFrontDeskLoads(cipher);
  const bounds = { doctors: 8, appointmentsOfDoctor: 40 };
  const day = { date: TODAY, now: NOW, after: null, bounds };
  return {
    'an appointment, by its patient': scheduling.appointmentRead(appointmentId, patient),
    'an appointment, by staff': scheduling.appointmentRead(appointmentId, staff),
    'the steps of an appointment': scheduling.stepsRead(appointmentId, staff),
    'the series of an appointment': scheduling.seriesOf(appointmentId, staff, NOW),
    'own appointments of a patient': scheduling.appointmentsRead({ ...EVERYTHING, patientId }, patient, PAGE),
    'appointments of a doctor from now on': scheduling.appointmentsRead(
      { ...EVERYTHING, doctorIds: [doctorId], from: NOW },
      doctor,
      PAGE,
    ),
    'a patient’s appointments, by a doctor': scheduling.patientAppointmentsRead(patientId, EVERYTHING, doctor, PAGE),
    'list of the clinic from a date': desk.appointmentsRead({ ...EVERYTHING, from: TODAY }, staff, PAGE),
    'list of the clinic, everything': desk.appointmentsRead(EVERYTHING, staff, PAGE),
    'list of the clinic, two doctors on a day': desk.appointmentsRead(
      { ...EVERYTHING, from: TODAY, to: TODAY, doctorIds: [doctorId, otherDoctorId] },
      ...([staff, PAGE] as const),
    ),
    'list of the clinic, requests': desk.appointmentsRead({ ...EVERYTHING, statuses: ['requested'] }, staff, PAGE),
    'list of the clinic, a location and a type': desk.appointmentsRead(
      { ...EVERYTHING, from: TODAY, locationId: idOf('place', 0) as LocationId, typeCode: 'routine_checkup' },
      ...([staff, PAGE] as const),
    ),
    'list of the clinic, by a doctor': desk.appointmentsRead({ ...EVERYTHING, from: TODAY }, doctor, PAGE),
    'list of the clinic, everything, by a doctor': desk.appointmentsRead(EVERYTHING, doctor, PAGE),
    'list of the clinic, a year ago, by a doctor': desk.appointmentsRead(
      { ...EVERYTHING, from: A_YEAR_AGO },
      doctor,
      PAGE,
    ),
    'the day sheet, all doctors': desk.dayRead({ ...day, doctorIds: null }, staff),
    'the day sheet, one doctor': desk.dayRead({ ...day, doctorIds: [doctorId] }, doctor),
  };
}

function ofWaitlist(cipher: FieldCipher): Cases {
  const waitlist = createWaitlistLoads(cipher);
  const desk = createFrontDeskLoads(cipher);
  const slot = { doctorId, start, end: start + HOUR / 2, date: '2026-03-10' as LocalDate, locationId: null };
  // Of the type, only its id is read.
  const type = { id: '01900000-0000-7000-8000-000000000001' as AppointmentTypeId } as AppointmentType;
  const query = { doctorId, times: [{ type, slot }], timezone: UTC, after: null, openedAt: NOW, limit: 200, now: NOW };
  const filter = { doctorId: null, typeCode: null, state: null };
  return {
    'waitlist of the clinic': desk.entriesRead(filter, staff, PAGE),
    'waitlist of the clinic, by a doctor': desk.entriesRead({ ...filter, doctorId }, doctor, PAGE),
    'own waitlist entries': waitlist.entriesRead(patientId, patient, PAGE),
    'open entries of a patient': waitlist.openEntries(patientId),
    'a waitlist entry': waitlist.entry(idOf('entry', 8) as WaitlistEntryId, staff),
    'free time: the times of its doctor': waitlist.doctorTimes({ doctorId, start, end: start + HOUR, now: NOW }),
    'free time: who is offered it': waitlist.candidates(query),
    'free time: open offers in its way': waitlist.blockingOffers(query),
    'an offer': waitlist.offer(idOf('offer', 8) as WaitlistOfferId, null),
    'an offer: what accepting is decided on': waitlist.offerState(idOf('offer', 8) as WaitlistOfferId, NOW),
    'the offer behind a hold': waitlist.openOfferOf(idOf('appointment', 6) as HoldId, patientId),
    'horizons that roll on': waitlist.dueHorizons(NOW, 50),
  };
}

function ofChanges(cipher: FieldCipher): Cases {
  const rebookings = createRebookingLoads(cipher);
  const clocks = createWallClockLoads(cipher);
  const calendar = createCalendarLoads(cipher);
  const rebookingId = idOf('other', 0) as RebookingId;
  const limits = { from: NOW - 90 * DAY, now: NOW, past: 500, toCome: 2000 };
  const affected = Array.from({ length: 100 }, (_, n) => idOf('appointment', 2000 + n) as AppointmentId);
  const affectedBy = (whose: UserId | null, near: (typeof WEEK)[] | null) =>
    rebookings.bookedHours({ doctorId: whose, dates: WEEK, near, now: NOW });
  return {
    'feed of a patient': calendar.feedRead(secretOf(1), limits),
    'feed of a doctor': calendar.feedRead(secretOf(2), limits),
    'feed of a doctor, by staff': calendar.feedRead(secretOf(3), limits),
    'feed of the clinic': calendar.feedRead(secretOf(4), limits),
    'time off: who is affected': affectedBy(doctorId, [WEEK]),
    'changed hours: who is affected': affectedBy(doctorId, null),
    'a holiday: who is affected': affectedBy(null, [{ from: WEEK.from, to: WEEK.from }]),
    'transfer of a doctor: who is affected': affectedBy(doctorId, null),
    'the list of those who are affected': rebookings.affectedRead(affected, staff),
    'a rebooking: how far it has come': rebookings.progress(rebookingId),
    'the list of rebookings': rebookings.rebookings(
      { doctorId: null, state: null },
      { after: null, limit: 20, order: -1 },
    ),
    'the list of open rebookings': rebookings.rebookings(
      { doctorId: null, state: 'open' },
      { after: null, limit: 20, order: -1 },
    ),
    'a rebooking: whose patients have not answered': rebookings.rebookedRead(rebookingId, 'unanswered', staff, {
      after: null,
      limit: 20,
    }),
    'a rebooking: what is pending': rebookings.pending(rebookingId, 30),
    'a rebooking: one appointment': rebookings.rebooked(rebookingId, idOf('appointment', 1003) as AppointmentId, NOW),
    'a rebooking: what was offered before': rebookings.offeredBefore(idOf('appointment', 1003) as AppointmentId, null),
    'appointments without wall clock': clocks.without(500),
    'wall clocks of a doctor': clocks.agreedStarts(doctorId, NOW),
    'the wall clock of an appointment': clocks.agreed(appointmentId, NOW),
  };
}

export function clinicCases(cipher: FieldCipher): Cases {
  return { ...ofBooking(cipher), ...listCases(cipher), ...ofWaitlist(cipher), ...ofChanges(cipher) };
}
