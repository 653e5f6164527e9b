/** Every message about an appointment that is to take place asks to confirm it, as long as nobody has. */
import { expect, test } from 'vitest';
import type { MessageDraft } from '../../domain/messages.ts';
import type { Appointment, AppointmentStatus } from '../../domain/scheduling/appointment.ts';
import type { Receivers } from '../../domain/scheduling/receivers.ts';
import {
  bookingMessages,
  moveMessages,
  reminderMessages,
  restoredMessages,
  type Told,
  zoneChangeMessages,
} from '../../src/app/scheduling/messages.ts';
import { appointment, id, NOW, PATIENT_ID } from '../domain/scheduling/builders.ts';

const KEY = { ownerId: 'k', ringKeyId: '1', wrapped: new Uint8Array() };
const RECEIVERS: Receivers = {
  patient: { id: PATIENT_ID, dataKey: KEY },
  proxies: [{ id: id<'user'>('proxy'), dataKey: KEY }],
};
const TOLD: Told = {
  doctorName: 'Dr Dora Okafor',
  venue: { location: null, videoLink: null, additionalDoctors: [] } as never,
};
const BEFORE = appointment({ start: NOW });

const MESSAGES: Readonly<Record<string, (of: Appointment) => readonly MessageDraft[]>> = {
  'was booked': (of) => bookingMessages(RECEIVERS, of, TOLD),
  'was moved': (of) => moveMessages(RECEIVERS, BEFORE, of, TOLD),
  'was restored': (of) => restoredMessages(RECEIVERS, of, TOLD),
  'keeps its local time': (of) => zoneChangeMessages(RECEIVERS, of, TOLD),
  'is to be reminded of': (of) =>
    reminderMessages(RECEIVERS, of, TOLD, { userId: PATIENT_ID, leadMinutes: 120, sendAt: NOW }),
};
const CASES = Object.entries(MESSAGES);

test.each(CASES)('of one that %s', (_, messages) => {
  const confirmsOf = (status: AppointmentStatus) =>
    messages(appointment({ status, start: NOW + 1, rescheduleCount: 2 })).map(({ confirms }) => confirms);
  for (const confirms of confirmsOf('scheduled')) expect(confirms).toEqual({ start: NOW + 1, rescheduleCount: 2 });
  for (const status of ['confirmed', 'requested'] as const)
    for (const confirms of confirmsOf(status)) expect(confirms).toBeUndefined();
});
