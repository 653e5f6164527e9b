import { expect, it } from 'vitest';
import { sql } from '../../adapters/postgres/driver/sql.ts';
import { onServer } from './on-server.ts';

const ROUNDS = 20;

onServer('administrators at the same time', {}, (server) => {
  async function onlyAdmins(names: readonly string[]) {
    await server.driver.run([sql`UPDATE users SET role = 'staff' WHERE role = 'admin'`], 'write');
    return Promise.all(
      names.map(async (name) => {
        const { id, email } = await server.portal.person('admin', name);
        return { id, token: await server.portal.signIn(email) };
      }),
    );
  }
  const working = async () =>
    (await server.rows(sql`SELECT id FROM users WHERE role = 'admin' AND status = 'active' AND deleted_at IS NULL`))
      .length;

  it(`of two administrators who remove each other’s role one stays, ${ROUNDS} times in a row`, async () => {
    for (let round = 0; round < ROUNDS; round++) {
      const admins = await onlyAdmins([`anna${round}`, `bert${round}`]);
      const replies = await Promise.all(
        admins.map(({ token }, i) =>
          server.portal.request('PUT', `/api/v1/users/${admins[1 - i]?.id}/role`, { token, body: { role: 'staff' } }),
        ),
      );
      expect([round, await working()]).toEqual([round, 1]);
      expect(replies.filter(({ status }) => status === 200)).toHaveLength(1);
      // An administrator who was still allowed to ask is told why it is refused.
      for (const { status, body } of replies.filter((reply) => reply.status !== 200)) {
        expect([
          [409, 'last_admin'],
          [401, 'unauthenticated'],
          [403, 'forbidden'],
        ]).toContainEqual([status, body.code]);
      }
    }
  });

  it(`no appointment is left with a former doctor: a role is changed while patients book, ${ROUNDS} times in a row`, async () => {
    const [admin] = await onlyAdmins(['frieda']);
    const patients = await Promise.all(
      ['gus', 'hal', 'ida'].map(async (name) =>
        server.portal.signIn((await server.portal.person('patient', name)).email),
      ),
    );
    const answers = new Set<string>();
    for (let round = 0; round < ROUNDS; round++) {
      const { id } = await server.portal.person('doctor', `doc${round}`);
      const weekly = [{ weekday: 2, start: '09:00', end: '17:00' }];
      await server.portal.request('PUT', `/api/v1/doctors/${id}/availability`, {
        token: admin?.token,
        body: { timezone: 'UTC', weekly },
      });
      const day = new Date(Date.parse('2026-03-03') + (round % 10) * 7 * 86_400_000).toISOString().slice(0, 10);
      const book = (token: string, hour: number) =>
        server.portal.request('POST', '/api/v1/appointments', {
          token,
          body: { doctorId: id, appointmentDate: day, startTime: `${hour}:00`, appointmentType: 'consultation' },
        });
      const change = () =>
        server.portal.request('PUT', `/api/v1/users/${id}/role`, { token: admin?.token, body: { role: 'staff' } });
      const requests = patients.map((token, i) => () => book(token, (round < 10 ? 10 : 13) + i));
      requests.splice(round % 4, 0, change);
      const replies = await Promise.all(requests.map((send) => send()));
      const changed = replies[round % 4];
      const booked = replies.filter(({ status }) => status === 201).length;
      answers.add(`${changed?.status} beside ${booked > 0 ? 'some' : 'no'} bookings`);
      expect(replies.map(({ status }) => status).filter((status) => status >= 500)).toEqual([]);
      expect([round, changed?.status]).toEqual([round, booked > 0 ? 409 : 200]);
    }
    console.log([...answers].join('; '));
  });

  /** A request that waits too long for a row is answered 503, and is sent again (R81). */
  const leave = async ({ id, token }: { readonly id: string; readonly token: string }) => {
    for (let attempt = 1; ; attempt++) {
      const reply = await server.portal.request('DELETE', `/api/v1/users/${id}`, { token });
      if (reply.status !== 503 || attempt === 5) return reply;
    }
  };

  it(`of two administrators who leave at the same time one stays, ${ROUNDS} times in a row`, async () => {
    for (let round = 0; round < ROUNDS; round++) {
      const admins = await onlyAdmins([`cleo${round}`, `dirk${round}`]);
      const replies = await Promise.all(admins.map(leave));
      expect([round, await working()]).toEqual([round, 1]);
      expect(replies.map(({ status }) => status).sort()).toEqual([204, 409]);
      expect(replies.find(({ status }) => status === 409)?.body.code).toBe('last_admin');
    }
  });
});
