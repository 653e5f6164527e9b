/** Examples of each message, for previews and tests. */
import type { AppointmentId, UserId } from '../shared/ids.ts';
import type { Samples } from '../shared/messages.ts';
import type { ZoneId } from '../shared/zone.ts';
import type { CalendarVisit } from './calendar-visit.ts';
import type { AppointmentFacts, SchedulingVariables } from './messages.ts';

const START = Date.UTC(2026, 2, 3, 9);
const BOOKED = Date.UTC(2026, 1, 20, 9);
const PERSON = '01890a5d-ac96-774b-bcce-b302099a8057' as UserId;

const VISIT: CalendarVisit = {
  appointment: {
    id: '01890a5d-ac96-774b-bcce-b302099a8058' as AppointmentId,
    start: START,
    end: START + 30 * 60_000,
    timezone: 'Europe/Berlin' as ZoneId,
    visitMode: 'in_person',
    version: 1,
    status: 'scheduled',
    createdAt: BOOKED,
    updatedAt: BOOKED,
  },
  place: null,
};
const CANCELLED: CalendarVisit = { ...VISIT, appointment: { ...VISIT.appointment, version: 2, status: 'cancelled' } };

const FACTS: AppointmentFacts = {
  appointmentId: VISIT.appointment.id,
  doctorName: 'Dr Dora Okafor',
  date: '2026-03-03',
  startTime: '10:00',
  timezone: 'Europe/Berlin',
  place: 'Lindenstraße 12, 10969 Berlin',
  visitMode: 'in_person',
  videoLink: null,
};
const FILED: AppointmentFacts = { ...FACTS, calendar: [VISIT] };
const ENDED: AppointmentFacts = { ...FACTS, calendar: [CANCELLED] };
const OFFER = {
  doctorName: 'Dr Ana Park',
  date: '2026-03-05',
  startTime: '15:30',
  timezone: 'Europe/Berlin',
  expiresAt: Date.UTC(2026, 2, 3, 8),
};
const CONFIRM = 'an-example-of-a-token';
const TIMES = [
  { date: '2026-03-03', startTime: '10:00', place: 'Lindenstraße 12, 10969 Berlin' },
  { date: '2026-03-10', startTime: '10:00' },
  { date: '2026-03-17', startTime: '14:30' },
];

export const SCHEDULING_SAMPLES: Samples<SchedulingVariables> = {
  'appointment-confirmation': [
    { ...FILED, confirmToken: CONFIRM },
    FILED,
    { ...FILED, proxyId: PERSON, proxyName: 'Maria Silva' },
    { ...FILED, proxyId: PERSON, visitMode: 'phone', place: null },
    // To somebody else who acts for the patient.
    { ...FILED, patientId: PERSON, patientName: 'Ana Silva', proxyId: PERSON, proxyName: 'Maria Silva' },
    { ...FILED, patientId: PERSON },
    { ...FILED, visitMode: 'video', place: null, videoLink: 'https://video.example/room?id=4&k=7' },
    { ...FILED, visitMode: 'video', place: null },
    // As the version before wrote them.
    { doctorName: 'Dr Dora Okafor', date: '2026-03-03', startTime: '01:00', timezone: 'UTC' },
  ],
  'appointment-reminder': [
    { ...FACTS, confirmToken: CONFIRM },
    FACTS,
    { ...FACTS, isConfirmed: true },
    { ...FACTS, confirmToken: CONFIRM, patientId: PERSON, patientName: 'Ana Silva' },
  ],
  'appointment-requested': [FILED],
  'appointment-declined': [ENDED],
  'appointment-request-expired': [ENDED],
  'appointment-cancelled': [
    ENDED,
    { ...ENDED, proxyId: PERSON, proxyName: 'Maria Silva' },
    { ...ENDED, patientId: PERSON, patientName: 'Ana Silva' },
  ],
  'appointment-given-up': [
    { ...ENDED, message: 'The doctor is ill.\nWe are sorry.', offer: OFFER, isWaiting: false },
    { ...ENDED, message: null, offer: null, isWaiting: false },
    { ...ENDED, message: null, offer: null, isWaiting: true },
    { ...ENDED, message: null, offer: OFFER, isWaiting: false, patientId: PERSON, patientName: 'Ana Silva' },
  ],
  'appointment-restored': [{ ...FILED, confirmToken: CONFIRM }, FILED],
  'appointment-rescheduled': [
    { ...FILED, previousDate: '2026-03-02', previousStartTime: '09:00', confirmToken: CONFIRM },
    { ...FILED, previousDate: '2026-03-02', previousStartTime: '09:00' },
  ],
  'appointment-zone-changed': [
    { ...FILED, start: START, confirmToken: CONFIRM },
    { ...FILED, start: START },
  ],
  'appointment-series-booked': [
    { doctorName: 'Dr Dora Okafor', timezone: 'Europe/Berlin', times: TIMES, calendar: [VISIT] },
    { doctorName: 'Dr Dora Okafor', timezone: 'Europe/Berlin', times: TIMES, isRequest: true },
  ],
  'waitlist-offer': [
    { ...FACTS, expiresAt: OFFER.expiresAt },
    // Clocks show this time twice.
    { ...FACTS, expiresAt: Date.UTC(2026, 9, 25, 1, 30), patientId: PERSON, patientName: 'Ana Silva' },
    { ...FACTS, expiresAt: Date.UTC(2026, 9, 25, 0, 30), patientId: PERSON },
  ],
  'doctor-running-late': [
    { ...FACTS, minutes: 30, expectedTime: '10:30' },
    { ...FACTS, minutes: 0, expectedTime: '10:00' },
    { ...FACTS, minutes: 30, expectedTime: '10:30', patientId: PERSON, patientName: 'Ana Silva' },
  ],
  'offer-kept': [{ expiresAt: OFFER.expiresAt, timezone: 'Europe/Berlin' }],
  'waitlist-ended': [
    { doctorName: 'Dr Dora Okafor' },
    { doctorName: 'Dr Dora Okafor', patientId: PERSON, patientName: 'Ana Silva' },
    { doctorName: null, typeName: 'Checkup' },
    { doctorName: 'Dr Dora Okafor', typeName: 'Checkup', patientId: PERSON, patientName: 'Ana Silva' },
  ],
  'daily-digest': [
    {
      date: '2026-03-03',
      timezone: 'Europe/Berlin',
      requests: 2,
      appointments: 3,
      doctors: [{ doctorName: 'Dr Dora Okafor', times: ['09:00', '09:30', '11:00'] }],
      moreDoctors: 0,
    },
    {
      date: '2026-03-03',
      timezone: 'Europe/Berlin',
      requests: 1,
      appointments: 1,
      doctors: [{ doctorName: 'Dr Ana Park', times: ['14:00'] }],
      moreDoctors: 0,
    },
    ...[1, 2, 5, 12].map((moreDoctors) => ({
      date: '2026-03-03',
      timezone: 'Europe/Berlin',
      requests: 0,
      appointments: 100,
      doctors: [
        { doctorName: 'Dr Dora Okafor', times: ['09:00', '09:30'] },
        { doctorName: 'Dr Ana Park', times: ['14:00'] },
      ],
      moreDoctors,
    })),
    { date: '2026-03-03', timezone: 'Europe/Berlin', requests: 1, appointments: 0, doctors: [], moreDoctors: 0 },
  ],
  proxy: [
    { what: 'requested', isProxy: true, name: 'Maria Silva' },
    { what: 'began', isProxy: true, name: 'Maria Silva' },
    { what: 'began', isProxy: false, name: 'Maria Silva' },
    { what: 'ended', isProxy: true, name: 'Maria Silva' },
    { what: 'ended', isProxy: false, name: 'Maria Silva' },
  ],
};
