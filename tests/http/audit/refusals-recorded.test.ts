/** What is refused, and what administrators look at, is in the audit log (R46). */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sql } from '../../../adapters/postgres/driver/sql.ts';
import { ANONYMOUS_REFUSALS } from '../../../src/app/identity/denials.ts';
import { PASSWORD } from '../../support/portal.ts';
import { mailTo } from '../identity/support.ts';
import { type Clinic, startClinic } from '../scheduling/clinic.ts';
import { RECORDED, type Recorded, recorded } from './recorded.ts';

const PLATFORM_STREAM = /^system\/\d+$/;

let clinic: Clinic;
let appointmentId: string;

beforeAll(async () => {
  clinic = await startClinic();
  appointmentId = (await clinic.book(clinic.maria.token, '10:00')).body.id;
});
afterAll(() => clinic.portal.close());

async function everything(): Promise<Recorded[]> {
  const [found = []] = await clinic.portal.driver.run(
    [sql`SELECT ${RECORDED} FROM audit_events e ORDER BY occurred_at, id`],
    'snapshot',
  );
  return found.map(recorded);
}

/** The events that something adds. */
async function added(work: () => Promise<unknown>): Promise<Recorded[]> {
  clinic.portal.clock.advance(1);
  const before = (await everything()).length;
  await work();
  const after = await everything();
  expect(after.length).toBeGreaterThanOrEqual(before);
  return after.slice(before);
}

/** A different address each time: no test uses up what another one needs. */
let addresses = 0;
function elsewhere(): string {
  addresses++;
  return `198.51.${addresses >> 8}.${addresses & 255}`;
}

function anonymously(method: string, path: string, body?: unknown, headers: Record<string, string> = {}) {
  return clinic.portal.request(method, `/api/v1${path}`, { body, headers, from: elsewhere() });
}

describe('what administrators read', () => {
  it('R46: the list of accounts', async () => {
    const events = await added(() => clinic.get('/users?role=doctor', clinic.admin.token));
    expect(events).toMatchObject([
      {
        event_type: 'user.listed',
        stream: expect.stringMatching(PLATFORM_STREAM),
        actor_id: clinic.admin.id,
        details: { role: 'doctor' },
      },
    ]);
  });

  it('R46: somebody’s account, in the record of its owner; one’s own is no event', async () => {
    const events = await added(async () => {
      expect((await clinic.get(`/users/${clinic.maria.id}`, clinic.admin.token)).status).toBe(200);
      expect((await clinic.get(`/users/${clinic.maria.id}`, clinic.maria.token)).status).toBe(200);
    });
    expect(events).toMatchObject([
      { event_type: 'user.read', stream: clinic.maria.id, actor_id: clinic.admin.id, outcome: 'success' },
    ]);
  });

  it('R46: the proof of an event, in the record of the person it concerns', async () => {
    const { body } = await clinic.get(`/audit/events?user=${clinic.maria.id}`, clinic.admin.token);
    const id = body.data[0].id as string;
    const events = await added(async () => {
      expect((await clinic.get(`/audit/events/${id}/proof`, clinic.admin.token)).status).toBe(200);
      clinic.portal.clock.advance(1);
      expect((await clinic.get(`/audit/events/${id}/proof`, clinic.maria.token)).status).toBe(200);
    });
    expect(events).toMatchObject([
      { event_type: 'audit.event_read', stream: clinic.maria.id, actor_id: clinic.admin.id, resource_id: id },
      { event_type: 'audit.own_read', stream: clinic.maria.id, actor_id: clinic.maria.id, resource_id: id },
    ]);
  });
});

describe('refusals of a signed-in caller', () => {
  it('R46: what is somebody else’s, answered as absent', async () => {
    const foreign: [path: string, token: string, actor: string, id: string][] = [
      [`/appointments/${appointmentId}`, clinic.paul.token, clinic.paul.id, appointmentId],
      [`/appointments/${appointmentId}.ics`, clinic.paul.token, clinic.paul.id, appointmentId],
      [`/users/${clinic.maria.id}/profile`, clinic.otherDoctor.token, clinic.otherDoctor.id, clinic.maria.id],
      [`/users/${clinic.maria.id}`, clinic.doctor.token, clinic.doctor.id, clinic.maria.id],
      [`/appointments/user/${clinic.paul.id}`, clinic.doctor.token, clinic.doctor.id, clinic.paul.id],
    ];
    for (const [path, token, actor, id] of foreign) {
      const events = await added(async () => expect((await clinic.get(path, token)).status).toBe(404));
      const ofAsker = events.filter(({ stream }) => stream === actor);
      expect([path, ofAsker]).toMatchObject([
        path,
        [{ event_type: 'access.denied', stream: actor, outcome: 'failure', resource_id: id }],
      ]);
    }
  });

  it('R46: booking for somebody else, a missing step-up, a change of somebody else’s', async () => {
    const ofPaul = ({ stream }: Recorded) => stream === clinic.paul.id;
    const booking = await added(() => clinic.book(clinic.paul.token, '11:00', { patientId: clinic.maria.id }));
    expect(booking.filter(ofPaul)).toMatchObject([
      { event_type: 'access.denied', stream: clinic.paul.id, error: 'not_found' },
    ]);
    const cancelling = await added(() => clinic.post(`/appointments/${appointmentId}/cancel`, clinic.paul.token, {}));
    expect(cancelling.filter(ofPaul)).toMatchObject([{ event_type: 'access.denied', error: 'appointment_not_found' }]);
  });

  it('are not recorded for others when the request names nothing of theirs', async () => {
    const events = await added(async () => {
      expect((await clinic.get(`/users/${clinic.maria.id}/avatar`, clinic.maria.token)).status).toBe(404);
      expect((await clinic.get(`/doctors/${clinic.maria.id}`, clinic.maria.token)).status).toBe(404);
    });
    expect(events).toEqual([]);
  });
});

describe('refusals of a caller who is not signed in', () => {
  it('R46: a right password whose address is not verified', async () => {
    const email = 'unproven@example.org';
    await anonymously('POST', '/auth/register', {
      email,
      password: PASSWORD,
      firstName: 'Una',
      lastName: 'Proven',
      dateOfBirth: '1990-01-01',
    });
    const events = await added(() => anonymously('POST', '/auth/login', { email, password: PASSWORD }));
    expect(events).toMatchObject([
      { event_type: 'login.failed', stream: await clinic.portal.idOf(email), error: 'email_unverified' },
    ]);
  });

  it('R46: mailed tokens that never existed, and one that is used up', async () => {
    const bodies: [path: string, type: string, body: object][] = [
      ['/auth/reset-password', 'password.reset_failed', { newPassword: PASSWORD }],
      ['/auth/verify-email', 'user.verification_failed', {}],
      ['/auth/accept-invitation', 'user.invitation_refused', { password: PASSWORD }],
    ];
    for (const [path, type, body] of bodies) {
      const events = await added(() => anonymously('POST', path, { ...body, token: 'never-was' }));
      expect(events).toMatchObject([
        { event_type: type, stream: expect.stringMatching(PLATFORM_STREAM), error: 'token_invalid' },
      ]);
    }
    const paul = clinic.paul;
    await anonymously('POST', '/auth/forgot-password', { email: paul.email });
    const [token] = (await mailTo(clinic.portal, paul.email, 'password-reset')).codes;
    const reset = () => anonymously('POST', '/auth/reset-password', { token, newPassword: PASSWORD });
    expect((await reset()).status).toBe(204);
    const again = await added(reset);
    expect(again).toMatchObject([{ event_type: 'password.reset_failed', stream: paul.id }]);
  });

  it('R46: refresh tokens that never existed, and one of a session that has ended', async () => {
    const renew = (refreshToken: string) => anonymously('POST', '/auth/refresh-token', { refreshToken });
    expect(await added(() => renew('never-was'))).toMatchObject([
      { event_type: 'refresh_token.rejected', stream: expect.stringMatching(PLATFORM_STREAM) },
    ]);
    const { body } = await anonymously('POST', '/auth/login', { email: clinic.staff.email, password: PASSWORD });
    await clinic.post('/auth/logout', body.accessToken);
    expect(await added(() => renew(body.refreshToken))).toMatchObject([
      { event_type: 'refresh_token.rejected', stream: clinic.staff.id, resource_id: body.sessionId },
    ]);
  });

  it('R46: API keys that never existed, and one that was revoked', async () => {
    const use = (key: string) => anonymously('GET', '/appointments/my', undefined, { 'X-API-Key': key });
    for (const key of ['nonsense', `ppk_${'A'.repeat(43)}`]) {
      expect(await added(() => use(key))).toMatchObject([
        { event_type: 'api_key.rejected', stream: expect.stringMatching(PLATFORM_STREAM) },
      ]);
    }
    const token = await clinic.portal.signIn(clinic.maria.email);
    const made = await clinic.post('/api-keys', token, { name: 'k', scopes: ['read:own_appointments'] });
    await clinic.delete(`/api-keys/${made.body.id}`, token);
    expect(await added(() => use(made.body.key))).toMatchObject([
      { event_type: 'api_key.rejected', stream: clinic.maria.id },
    ]);
  });

  it('R46: callbacks without the queue’s signature, and calendar links with an unknown secret', async () => {
    const called = () => anonymously('POST', '/callbacks/qstash/notification.deliver', { id: 'x' });
    expect(await added(called)).toMatchObject([
      { event_type: 'callback.rejected', details: { topic: 'notification.deliver' } },
    ]);
    const fetched = () => anonymously('GET', `/calendar/${'A'.repeat(43)}.ics`);
    expect(await added(fetched)).toMatchObject([
      { event_type: 'access.denied', stream: expect.stringMatching(PLATFORM_STREAM) },
    ]);
  });

  it('records only a sample of a flood, by address and in total', async () => {
    const { address, all } = ANONYMOUS_REFUSALS;
    clinic.portal.clock.advance(2 * all.windowSeconds);
    const from = elsewhere();
    const refused = (where: string) =>
      clinic.portal.request('POST', '/api/v1/auth/refresh-token', { body: { refreshToken: 'never-was' }, from: where });
    const ofOne = await added(async () => {
      for (let n = 0; n < address.limit + 5; n++) expect((await refused(from)).status).toBe(401);
    });
    expect(ofOne).toHaveLength(address.limit);
    const ofAll = await added(async () => {
      for (let n = 0; n < all.limit + 5; n++) await refused(elsewhere());
    });
    expect(ofAll).toHaveLength(all.limit - address.limit);
  });
});
