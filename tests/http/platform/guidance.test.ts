/** Refusals and links tell what to do next. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Portal, startPortal } from '../../support/portal.ts';

let portal: Portal;
beforeAll(async () => {
  portal = await startPortal();
});
afterAll(() => portal.close());

test('R1, R2: a password that is refused is told what would be taken', async () => {
  const messages = async (password: string) => {
    const body = {
      email: 'jane@example.org',
      password,
      firstName: 'Jane',
      lastName: 'Lovelace',
      dateOfBirth: '1990-04-23',
    };
    const reply = await portal.request('POST', '/api/v1/auth/register', { body });
    expect([reply.status, reply.body.code]).toEqual([422, 'password_unacceptable']);
    return (reply.body.errors as { message: string }[]).map(({ message }) => message).join('\n');
  };
  expect(await messages('password')).toMatch(/use 12 characters or more.*\n.*guessers try first.*: add words/);
  expect(await messages('janelovelace')).toMatch(/made of your name, your e-mail address.*: add words/);
  expect(await messages('long enough '.repeat(20))).toMatch(/use 128 characters at most/);
});

test('before the first checkpoint it is said that there is none yet', async () => {
  const { status, body } = await portal.request('GET', '/audit/log/checkpoint');
  expect([status, body.detail]).toEqual([404, 'There is no checkpoint yet. The first is made within a minute.']);
});

test('a doctor’s links lead somewhere: a template says so, everything else is followed', async () => {
  const doctor = await portal.person('doctor', 'chidi');
  const token = await portal.signIn((await portal.person('patient', 'maria')).email);
  const { _links } = (await portal.request('GET', `/api/v1/doctors/${doctor.id}`, { token })).body;
  for (const { href, templated } of Object.values(_links) as { href: string; templated?: boolean }[]) {
    const path = templated ? href.replace(/\{&date[^}]*\}/, '&date=2026-03-03') : href;
    expect([path, (await portal.request('GET', path, { token })).status]).toEqual([path, 200]);
  }
});

test('setting a picture is offered to whom the profile belongs', async () => {
  const patient = await portal.person('patient', 'pat');
  const staff = await portal.signIn((await portal.person('staff', 'sam')).email);
  const path = `/api/v1/users/${patient.id}/profile`;
  const own = await portal.request('GET', path, { token: await portal.signIn(patient.email) });
  expect(own.body._links.avatar).toEqual({ href: `/api/v1/users/${patient.id}/avatar`, method: 'POST' });
  const read = await portal.request('GET', path, { token: staff });
  expect(read.status).toBe(200);
  expect(read.body._links).not.toHaveProperty('avatar');
});
