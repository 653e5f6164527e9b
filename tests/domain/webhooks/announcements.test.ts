import { expect, test } from 'vitest';
import { announcementsOf } from '../../../domain/announcements.ts';
import type { Change } from '../../../domain/changes.ts';
import { WEBHOOK_EVENT_NAMES } from '../../../domain/webhooks/event-types.ts';

const appointment = {
  ...{ id: 'a', version: 3, patientId: 'p', doctorId: 'd', additionalDoctorIds: ['e'], appointmentTypeId: 't' },
  ...{ locationId: null, seriesId: 's', status: 'scheduled', reason: 'a rash', symptoms: 'itching', notes: 'seen' },
  ...{ start: 1, end: 2, timezone: 'UTC', exceptionReason: 'urgent' },
};
const offer = {
  id: 'o',
  version: 1,
  entryId: 'w',
  patientId: 'p',
  doctorId: 'd',
  holdId: 'h',
  start: 1,
  state: 'open',
};
const merge = { id: 'm', survivorId: 'p', aliasId: 'q' };
const user = { id: 'u', version: 1, role: 'patient', firstName: 'Maria', email: 'maria@example.org' };
const finding = {
  ...{ id: 'f', version: 1, rule: 'impossible_travel', severity: 'high', count: 3 },
  subject: { kind: 'account', personId: 'p' },
};
const ofAppointment = {
  ...{ id: 'a', version: 3, patientId: 'p', doctorId: 'd', additionalDoctorIds: ['e'], appointmentTypeId: 't' },
  ...{ locationId: null, seriesId: 's' },
};

/** Each change that is announced, with what it says. */
const TABLE: readonly (readonly [change: object, type: string, data: object])[] = [
  [{ type: 'appointment.booked', appointment }, 'appointment.booked', ofAppointment],
  [
    { type: 'appointment.booked', appointment: { ...appointment, status: 'requested' } },
    'appointment.requested',
    ofAppointment,
  ],
  [{ type: 'appointment.rescheduled', appointment }, 'appointment.moved', ofAppointment],
  [{ type: 'appointment.wall_clock_kept', appointment }, 'appointment.moved', ofAppointment],
  [{ type: 'appointment.cancelled', appointment }, 'appointment.cancelled', ofAppointment],
  [{ type: 'appointment.status_changed', appointment }, 'appointment.status_changed', ofAppointment],
  [{ type: 'appointment.restored', appointment }, 'appointment.status_changed', ofAppointment],
  [{ type: 'appointment.edited', appointment, changed: ['reason'] }, 'appointment.updated', ofAppointment],
  ...(['made', 'closed'] as const).map(
    (what) =>
      [
        { type: `waitlist.offer_${what}`, offer },
        `waitlist.offer_${what}`,
        { id: 'o', version: 1, entryId: 'w', patientId: 'p', doctorId: 'd' },
      ] as const,
  ),
  ...['replaced', 'override_added', 'override_replaced', 'override_removed', 'time_off_added', 'time_off_removed'].map(
    (what) =>
      [
        { type: `availability.${what}`, doctorId: 'd', expectedVersion: 4, timeOff: { reason: 'ill' } },
        'availability.changed',
        { doctorId: 'd', version: 5 },
      ] as const,
  ),
  [{ type: 'clinic_holiday.added' }, 'availability.changed', { doctorId: null, version: null }],
  [{ type: 'clinic_holiday.removed' }, 'availability.changed', { doctorId: null, version: null }],
  [
    { type: 'security_finding.raised', finding },
    'security.finding_raised',
    { id: 'f', version: 1, rule: 'impossible_travel', severity: 'high', subject: 'account' },
  ],
  [{ type: 'user.created', user }, 'patient.registered', { id: 'u', version: 1 }],
  [{ type: 'user.taken_over', user }, 'patient.registered', { id: 'u', version: 1 }],
  [{ type: 'user.erased', userId: 'u', aliases: ['v'] }, 'person.erased', { id: 'u', aliasIds: ['v'] }],
  [{ type: 'patient.merged', merge, survivorVersion: 2 }, 'patient.merged', { id: 'p', version: 3, aliasId: 'q' }],
  [{ type: 'patient.unmerged', merge, survivorVersion: 3 }, 'patient.unmerged', { id: 'p', version: 4, aliasId: 'q' }],
];

test.each(TABLE)('%j is announced as %s', (change, type, data) => {
  expect(announcementsOf([change as Change])).toEqual([{ type, data }]);
});

test('every type of event has a change that announces it', () => {
  expect([...new Set(TABLE.map(([, type]) => type))].sort()).toEqual([...WEBHOOK_EVENT_NAMES].sort());
});

test('accounts of the clinic, and changes of contexts that announce nothing, are not announced', () => {
  const quiet: readonly object[] = [
    { type: 'user.created', user: { ...user, role: 'staff' } },
    { type: 'hold.placed', hold: {} },
    { type: 'totp.enrolled' },
    { type: 'notification.queued' },
    { type: 'webhook_endpoint.worked' },
    { type: 'audit_log.sealed' },
  ];
  expect(announcementsOf(quiet as readonly Change[])).toEqual([]);
});

test('what a batch says is in the order of its changes, and equal announcements are one', () => {
  const changes = [
    { type: 'clinic_holiday.added' },
    { type: 'appointment.cancelled', appointment },
    { type: 'clinic_holiday.added' },
    { type: 'appointment.cancelled', appointment: { ...appointment, id: 'b' } },
  ];
  expect(announcementsOf(changes as Change[]).map(({ type, data }) => [type, data.id])).toEqual([
    ['availability.changed', undefined],
    ['appointment.cancelled', 'a'],
    ['appointment.cancelled', 'b'],
  ]);
});
