import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sql } from '../../../adapters/postgres/driver/sql.ts';
import type { Access } from '../../../src/http/access.ts';
import { ACCESS } from '../../support/operations.ts';
import { cellsOf } from '../../support/size.ts';
import { ABSENT, CALLERS, type Callers, expected, type SignedIn, seen, startCallers } from './callers.ts';

const SIGNED_IN = CALLERS.filter((caller) => caller !== 'anonymous');

let clinic: Callers;
beforeAll(async () => {
  clinic = await startCallers();
});
afterAll(() => clinic.portal.close());

describe('the table of routes (R25)', () => {
  it('R25: each operation answers each caller as its declared access says', async () => {
    for (const [row, route] of Object.keys(ACCESS).entries()) {
      const callers = ['anonymous' as const, ...cellsOf(row, SIGNED_IN)];
      const replies = callers.map(async (caller) => ({ caller, reply: await clinic.call(caller, route) }));
      for (const { caller, reply } of await Promise.all(replies)) {
        const as = `${route} as ${caller}`;
        expect([as, seen(reply)]).toEqual([as, expected(ACCESS[route] as Access, caller)]);
        expect([as, reply.status < 500 || reply.body.code === 'unavailable']).toEqual([as, true]);
      }
    }
  });
});

type Owned = [route: string, answers: Readonly<Record<SignedIn, number>>, body?: unknown];

/** The status for each caller of a resource of the patient. Resources of others and absent ones get the same 404 (R26). */
const OWNED: Owned[] = [
  ['GET /api/v1/users/{id}', only({ patient: 200, admin: 200, 'API key': 200 })],
  ['GET /api/v1/users/{id}/profile', only({ patient: 200, doctor: 200, staff: 200, admin: 200, 'API key': 200 })],
  ['GET /api/v1/users/{id}/avatar', only({})],
  ['GET /api/v1/users/{id}/preferences', only({ patient: 200, 'API key': 200 })],
  ['PUT /api/v1/users/{id}/preferences', only({ patient: 200, 'API key': 200 }), { theme: 'dark' }],
  // Only those who may change it get the answer about the missing precondition.
  ['PUT /api/v1/users/{id}/profile', only({ patient: 428, 'API key': 428 }), { bio: 'Hello' }],
  ['PUT /api/v1/users/{id}', only({ patient: 428, admin: 428, 'API key': 428 }), { firstName: 'New' }],
];

function only(allowed: Partial<Record<SignedIn, number>>) {
  const none = Object.fromEntries(CALLERS.map((caller) => [caller, 404]));
  return { ...none, ...allowed } as Record<SignedIn, number>;
}

describe('ownership (R26, R28)', () => {
  it.each(OWNED.map(([route, answers, body]) => ({ route, answers, body })))(
    'R26: $route',
    async ({ route, answers, body }) => {
      for (const caller of CALLERS) {
        if (caller === 'anonymous') continue;
        const reply = await clinic.call(caller, route, clinic.people.patient.id, body);
        expect([caller, reply.status]).toEqual([caller, answers[caller]]);
        const absent = await clinic.call(caller, route, ABSENT, body, { 'If-Match': '"v1"' });
        expect([caller, absent.status]).toEqual([caller, 404]);
        if (reply.status === 404) expect({ ...absent.body, requestId: '' }).toEqual({ ...reply.body, requestId: '' });
      }
    },
  );

  it('R26: ending a session or revoking an API key of somebody else is answered like a missing one', async () => {
    const sessions = await clinic.portal.request('GET', '/api/v1/auth/sessions', { token: clinic.tokens.patient });
    const keys = await clinic.portal.request('GET', '/api/v1/api-keys', { token: clinic.tokens.patient });
    const own: [string, string][] = [
      ['DELETE /api/v1/auth/sessions/{id}', sessions.body.data[0].id],
      ['DELETE /api/v1/api-keys/{id}', keys.body.data[0].id],
    ];
    for (const [route, id] of own) {
      for (const caller of ['other patient', 'doctor', 'staff', 'admin'] as const) {
        expect([route, caller, (await clinic.call(caller, route, id)).status]).toEqual([route, caller, 404]);
      }
    }
    const closing = await clinic.call('other patient', 'DELETE /api/v1/users/{id}', clinic.people.patient.id);
    expect(closing.status).toBe(404);
  });

  it('R28: each read of a patient’s profile is recorded in the patient’s stream; refused requests are not', async () => {
    const readings = async () => {
      const [found = []] = await clinic.portal.driver.run(
        [
          sql`SELECT actor_id FROM audit_events
              WHERE stream = ${clinic.people.patient.id} AND event_type = 'user.profile_read' ORDER BY sequence`,
        ],
        'snapshot',
      );
      return found.map(({ actor_id }) => actor_id);
    };
    const before = (await readings()).length;
    for (const caller of ['doctor', 'other doctor', 'other patient', 'staff', 'admin'] as const) {
      await clinic.call(caller, 'GET /api/v1/users/{id}/profile', clinic.people.patient.id);
    }
    expect((await readings()).slice(before)).toEqual([
      clinic.people.doctor.id,
      clinic.people.staff.id,
      clinic.people.admin.id,
    ]);
  });

  it('R28: a doctor cannot read the profile of staff, of another doctor or of an administrator', async () => {
    for (const other of ['other doctor', 'staff', 'admin'] as const) {
      const reply = await clinic.call('doctor', 'GET /api/v1/users/{id}/profile', clinic.people[other].id);
      expect([other, reply.status]).toEqual([other, 404]);
    }
  });

  it('R46: a refusal is recorded', async () => {
    await clinic.call('patient', 'GET /api/v1/users');
    const [found = []] = await clinic.portal.driver.run(
      [
        sql`SELECT details FROM audit_events WHERE stream = ${clinic.people.patient.id} AND event_type = 'access.denied'
            ORDER BY sequence DESC LIMIT 1`,
      ],
      'snapshot',
    );
    expect(found[0]?.details).toMatchObject({ method: 'GET', route: '/api/v1/users' });
  });
});
