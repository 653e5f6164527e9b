/** What a link that confirms an appointment still does. */
import { describe, expect, test } from 'vitest';
import { APPOINTMENT_STATUSES } from '../../../domain/scheduling/appointment.ts';
import { type ConfirmationLink, confirmByLink, linkState } from '../../../domain/scheduling/confirmation.ts';
import { appointment, context, NOW, PATIENT } from './builders.ts';

const START = NOW + 3_600_000;
const booked = appointment({ status: 'scheduled', start: START, rescheduleCount: 1 });
const RECEIVER: ConfirmationLink['receiver'] = {
  id: booked.patientId,
  dataKey: { ownerId: booked.patientId, ringKeyId: 'k', wrapped: new Uint8Array(1) },
  language: 'en',
  isConcerned: true,
};
const link: ConfirmationLink = {
  ...{ hash: new Uint8Array(32), start: START, rescheduleCount: 1, usedAt: null, receiver: RECEIVER },
};

describe('a link', () => {
  test('is open for a booked appointment, and for no other status', () => {
    const open = APPOINTMENT_STATUSES.filter((status) => linkState(link, { ...booked, status }, NOW) === 'open');
    expect(open).toEqual(['scheduled']);
    const confirmed = APPOINTMENT_STATUSES.filter(
      (status) => linkState(link, { ...booked, status }, NOW) === 'confirmed',
    );
    expect(confirmed).toEqual(['confirmed']);
  });

  test.each([
    ['the appointment begins', link, booked, START],
    ['it was moved', link, { ...booked, start: START + 1 }, NOW],
    ['it was moved and moved back', link, { ...booked, rescheduleCount: 3 }, NOW],
    ['it was used', { ...link, usedAt: NOW - 1 }, booked, NOW],
    [
      'its receiver acts for the patient no more',
      { ...link, receiver: { ...RECEIVER, isConcerned: false } },
      booked,
      NOW,
    ],
  ])('ends when %s', (_, ended, now, at) => {
    expect(linkState(ended, now, at)).toBe('ended');
    expect(confirmByLink(ended, now, context({ now: at }))).toEqual({ ok: false, error: { code: 'not_found' } });
  });

  test('confirms once, in the name of its receiver, and changes nothing of what is confirmed', () => {
    const done = confirmByLink(link, booked, context());
    expect(done).toMatchObject({
      ok: true,
      value: [
        { type: 'appointment.status_changed', appointment: { status: 'confirmed' }, expectedVersion: booked.version },
        { type: 'confirmation_link.used', hash: link.hash, at: NOW },
      ],
    });
    expect(confirmByLink(link, { ...booked, status: 'confirmed' }, context({ actor: PATIENT }))).toEqual({
      ...{ ok: true, value: [] },
    });
  });
});
