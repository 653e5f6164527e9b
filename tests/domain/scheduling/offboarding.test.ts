import { describe, expect, test } from 'vitest';
import type { Hold } from '../../../domain/scheduling/hold.ts';
import { type OffboardingState, offboard, portionOf, resign } from '../../../domain/scheduling/offboarding.ts';
import { ALONE } from '../../../domain/scheduling/places.ts';
import { DEFAULT_POLICY } from '../../../domain/scheduling/policy.ts';
import type { OffboardingRecord } from '../../../domain/scheduling/ports.ts';
import type { WaitlistEntry, WaitlistOffer } from '../../../domain/scheduling/waitlist.ts';
import type { UserId } from '../../../domain/shared/ids.ts';
import type { DataKey } from '../../../domain/shared/ports.ts';
import { appointment, at, DOCTOR_ID, date, id, NOW, PATIENT, PATIENT_ID, STAFF, TYPE_ID } from './builders.ts';

const MINUTE = 60_000;
const TOMORROW = at('2026-03-03T09:00:00Z');
const OTHER = id<'user'>('other') as UserId;

const context = { actor: PATIENT, now: NOW, policy: DEFAULT_POLICY };
const state = (fields: Partial<OffboardingState> = {}): OffboardingState => ({
  appointments: [],
  holds: [],
  entries: [],
  ...fields,
});

function hold(fields: Partial<Hold> = {}): Hold {
  const [start, end] = [TOMORROW, TOMORROW + 30 * MINUTE];
  return {
    id: id('hold'),
    holderId: PATIENT_ID,
    patientId: PATIENT_ID,
    doctorId: DOCTOR_ID,
    appointmentTypeId: TYPE_ID,
    start,
    end,
    busy: { start: start - 5 * MINUTE, end },
    place: ALONE,
    locationId: null,
    createdAt: NOW,
    expiresAt: NOW + 10 * MINUTE,
    ...fields,
  };
}

function entry(fields: Partial<WaitlistEntry> = {}): WaitlistEntry {
  return {
    id: id('entry'),
    patientId: PATIENT_ID,
    appointmentTypeId: TYPE_ID,
    doctorId: null,
    specialty: null,
    from: date('2026-03-02'),
    to: date('2026-03-31'),
    dailyWindow: null,
    rank: 0,
    missed: 0,
    state: 'waiting',
    createdAt: NOW,
    updatedAt: NOW,
    version: 1,
    ...fields,
  };
}

function offer(fields: Partial<WaitlistOffer> = {}): WaitlistOffer {
  return {
    id: id('offer'),
    entryId: id('entry'),
    patientId: PATIENT_ID,
    holdId: id('hold'),
    doctorId: DOCTOR_ID,
    start: TOMORROW,
    end: TOMORROW + 30 * MINUTE,
    state: 'open',
    createdAt: NOW,
    expiresAt: NOW + 30 * MINUTE,
    version: 1,
    ...fields,
  };
}

describe('offboarding', () => {
  test('cancels future appointments without notice and keeps those that have begun or are over', () => {
    const coming = appointment({ id: id('coming'), start: NOW + MINUTE });
    const { changes, cancelled } = offboard(
      PATIENT_ID,
      state({
        appointments: [
          appointment({ id: id('begun'), start: NOW - MINUTE }),
          appointment({ id: id('cancelled'), status: 'cancelled' }),
          appointment({ id: id('visiting'), status: 'in_progress', start: NOW - MINUTE }),
          coming,
        ],
      }),
      { ...context, policy: { ...DEFAULT_POLICY, cancelNoticeMinutes: 1440 } },
    );
    expect(cancelled.map(({ id }) => id)).toEqual(['coming']);
    expect(changes).toMatchObject([
      {
        type: 'appointment.cancelled',
        expectedVersion: coming.version,
        appointment: { status: 'cancelled', cancellation: { by: PATIENT_ID, byKind: 'patient', at: NOW } },
      },
    ]);
  });

  test('frees the time of a leaving patient with its buffers, not the time of a leaving doctor', () => {
    const leaving = state({ appointments: [appointment()], holds: [hold()] });
    const { freed } = offboard(PATIENT_ID, leaving, context);
    expect(freed).toEqual([
      { doctorId: DOCTOR_ID, ...appointment().busy },
      { doctorId: DOCTOR_ID, ...hold().busy },
    ]);
    const gone = offboard(DOCTOR_ID, leaving, { ...context, actor: STAFF });
    expect(gone.freed).toEqual([]);
    expect(gone.changes.map(({ type }) => type)).toEqual(['appointment.cancelled', 'hold.released']);
  });

  test('releases each live hold once, also when it belongs to an offer', () => {
    const expired = hold({ id: id('expired'), expiresAt: NOW });
    const { changes, freed, ended } = offboard(
      PATIENT_ID,
      state({
        holds: [expired, hold()],
        entries: [{ entry: entry({ state: 'offered' }), openOffer: offer() }],
      }),
      context,
    );
    expect(changes.map(({ type }) => type)).toEqual([
      'hold.released',
      'waitlist.offer_closed',
      'waitlist.entry_changed',
    ]);
    expect(freed).toEqual([{ doctorId: DOCTOR_ID, ...hold().busy }]);
    expect(ended).toHaveLength(1);
  });

  test('ends entries for the leaving doctor; entries that others can serve keep waiting', () => {
    const named = entry({ id: id('named'), patientId: OTHER, doctorId: DOCTOR_ID });
    const anybody = entry({ id: id('anybody'), patientId: OTHER, state: 'offered' });
    const elsewhere = entry({ id: id('elsewhere'), patientId: OTHER, state: 'offered' });
    const { changes, ended, withdrawn } = offboard(
      DOCTOR_ID,
      state({
        entries: [
          { entry: named, openOffer: null },
          { entry: anybody, openOffer: offer({ patientId: OTHER }) },
          { entry: elsewhere, openOffer: offer({ id: id('theirs'), patientId: OTHER, doctorId: OTHER }) },
        ],
      }),
      { ...context, actor: STAFF },
    );
    expect(ended).toEqual([named]);
    expect(withdrawn.map(({ id }) => id)).toEqual(['offer']);
    expect(changes).toMatchObject([
      { type: 'waitlist.entry_changed', entry: { id: 'named', state: 'withdrawn' } },
      { type: 'hold.released', holdId: 'hold', holderId: OTHER },
      { type: 'waitlist.offer_closed', offer: { id: 'offer', state: 'withdrawn' } },
      { type: 'waitlist.entry_changed', entry: { id: 'anybody', state: 'waiting' } },
    ]);
  });
});

const dataKey: DataKey = { ownerId: 'patient', ringKeyId: 'ring', wrapped: new Uint8Array(32) };
const TOLD: OffboardingRecord['appointments'][number] = {
  ...{
    appointment: appointment(),
    typeCode: 'consultation',
    doctorName: 'Chidi Okafor',
    venue: { location: null, videoLink: null, resources: [], additionalDoctors: [] },
  },
  ...{ limits: {}, patientKey: dataKey, proxies: [] },
};
const recorded = (
  waiting: WaitlistEntry,
  openOffer: WaitlistOffer | null = null,
): OffboardingRecord['entries'][number] => ({
  ...{ entry: waiting, openOffer, typeCode: 'consultation', doctorName: null },
  ...{ patientKey: dataKey, isInvited: false, proxies: [] },
});

describe('what ends in one batch', () => {
  const record = (appointments: number, entries: number): OffboardingRecord => ({
    appointments: Array.from({ length: appointments }, () => TOLD),
    holds: [hold()],
    entries: Array.from({ length: entries }, () => recorded(entry())),
  });

  test('is all of it up to a number of appointments and of entries, otherwise a part without the holds', () => {
    expect(portionOf(record(2, 2), 2)).toBeUndefined();
    const portion = (appointments: number, entries: number) => {
      const part = portionOf(record(appointments, entries), 2);
      return part && [part.appointments.length, part.holds.length, part.entries.length];
    };
    expect(portion(3, 0)).toEqual([2, 0, 0]);
    expect(portion(0, 3)).toEqual([0, 0, 2]);
    expect(portion(3, 3)).toEqual([2, 0, 2]);
  });
});

describe('a doctor who gets another role', () => {
  const none = { appointments: 0, appointmentIds: [], until: null };

  test('is refused while appointments are to come', () => {
    const coming = { appointments: 1, appointmentIds: [appointment().id], until: TOMORROW };
    expect(resign(DOCTOR_ID, { coming, holds: [], entries: [] })).toEqual({
      ok: false,
      error: { code: 'doctor_still_booked', ...coming },
    });
  });

  test('gives back what is the doctor’s, and keeps what the same person has as a patient', () => {
    const mine = recorded(entry({ doctorId: DOCTOR_ID }));
    const other = recorded(entry({ doctorId: OTHER }));
    const offered = recorded(entry({ doctorId: null }), offer({ doctorId: DOCTOR_ID }));
    const elsewhere = recorded(entry({ doctorId: null }), offer({ doctorId: OTHER }));
    const holds = [hold({ doctorId: OTHER }), hold({ doctorId: DOCTOR_ID })];
    const resigned = resign(DOCTOR_ID, { coming: none, holds, entries: [mine, other, offered, elsewhere] });
    expect(resigned).toEqual({ ok: true, value: { appointments: [], holds: [holds[1]], entries: [mine, offered] } });
  });
});

test('an appointment that begins now is not cancelled', () => {
  const begins = (start: number) => offboard(PATIENT_ID, state({ appointments: [appointment({ start })] }), context);
  expect(begins(NOW).cancelled).toEqual([]);
  expect(begins(NOW + 1).cancelled).toHaveLength(1);
});
