/** What the copy of one's own data says, and in which form. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { UserId } from '../../domain/shared/ids.ts';
import { type Clinic, startClinic, TUESDAY } from './scheduling-clinic.ts';

let clinic: Clinic;
// biome-ignore lint/suspicious/noExplicitAny: chapters of every shape
let copy: any;

beforeAll(async () => {
  clinic = await startClinic();
  const { maria, portal } = clinic;
  const booked = await clinic.book(maria.token, '10:00');
  await clinic.post(`/appointments/${booked.body.id}/cancel`, maria.token, { reason: 'a planted excuse' });
  await clinic.post('/calendar/feeds', maria.token);
  await clinic.post('/consents', maria.token, { kind: 'research', version: '2026-01', given: true });
  await clinic.post('/waitlist', maria.token, { type: 'consultation', from: TUESDAY, to: TUESDAY });
  await clinic.post('/mfa/setup', maria.token);
  const [data] = await portal.database.load(portal.deps.loads.privacy.personalData(maria.id as UserId));
  copy = JSON.parse(JSON.stringify(data?.chapters));
});
afterAll(() => clinic.portal.close());

describe('R55: the archive speaks as the API does', () => {
  test('names in camelCase, instants as RFC 3339 in UTC', () => {
    const wrong: string[] = [];
    const visit = (value: unknown, path: string): void => {
      if (typeof value !== 'object' || value === null) return;
      for (const [name, member] of Object.entries(value)) {
        const here = `${path}/${name}`;
        if (name.includes('_')) wrong.push(`${here} is not camelCase`);
        const isInstant = /^(at|start|end)$|At$/.test(name) && member !== null;
        if (isInstant && !/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/.test(String(member))) {
          wrong.push(`${here} is ${String(member)}`);
        }
        visit(member, here);
      }
    };
    visit(copy, '');
    expect(wrong).toEqual([]);
    expect(copy.profile.createdAt).toMatch(/^2026-03-02T12:00:00/);
    expect(copy.history[0]).toMatchObject({ eventType: expect.any(String), occurredAt: expect.stringMatching(/Z$/) });
    expect(copy.consents[0]).toMatchObject({ kind: 'research', at: expect.stringMatching(/Z$/) });
  });

  test('it tells why an appointment was cancelled, and of series, offers, calendar links and the second factor', () => {
    expect(copy.appointments[0]).toMatchObject({ cancellationReason: 'a planted excuse', cancelledBy: 'patient' });
    expect(copy.calendarFeeds).toMatchObject([{ createdAt: expect.any(String), revokedAt: null }]);
    expect(copy.secondFactor).toMatchObject([{ enabledAt: null, backupCodesLeft: 0, phone: null }]);
    expect(copy).toMatchObject({ series: [], waitlistOffers: [], waitlist: [{ state: 'waiting' }] });
    expect(JSON.stringify(copy)).not.toMatch(/secret|hash/i);
  });
});
