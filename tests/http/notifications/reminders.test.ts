/** Reminders are planned after each change of an appointment, and of who acts for its patient (ADR 0236). */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { sql } from '../../../adapters/postgres/driver/sql.ts';
import { systemContext } from '../../../src/app/identity/first-admin.ts';
import { planReminders } from '../../../src/app/notifications/reminders.ts';
import { type Clinic, type Person, startClinic, WEDNESDAY } from '../scheduling/clinic.ts';

const HOUR = 3600;

let clinic: Clinic;
let id: string;
beforeEach(async () => {
  clinic = await startClinic();
  ({ id } = (await clinic.book(clinic.maria.token, '10:00', { appointmentDate: WEDNESDAY })).body);
});
afterEach(() => clinic.portal.close());

const reminded = async ({ email }: Person) =>
  (await clinic.portal.mails(email)).filter(({ template }) => template === 'appointment-reminder');
const signedIn = ({ email }: Person) => clinic.portal.signIn(email);
/** What is still to be sent, or was. */
const written = async () => {
  const [found = []] = await clinic.portal.driver.run(
    [
      sql`SELECT user_id, send_at, lead_minutes, appointment_version AS version FROM notifications
          WHERE appointment_id = ${id}::uuid AND template = 'appointment-reminder' AND status <> 'skipped' ORDER BY user_id, send_at`,
    ],
    'read',
  );
  return found;
};
const edit = async (reason: string) => {
  const token = await signedIn(clinic.maria);
  const options = { token, body: { reason }, headers: { 'If-Match': '*' } };
  expect((await clinic.portal.request('PUT', `/api/v1/appointments/${id}`, options)).status).toBe(200);
};
const proxy = () =>
  clinic.post(`/patients/${clinic.maria.id}/proxies`, clinic.admin.token, {
    ...{ personId: clinic.paul.id, ground: 'guardian', proof: 'Court order seen' },
  });

describe('the reminders of an appointment', () => {
  test('are written once, however often they are planned, also at the same time', async () => {
    await clinic.runJobs();
    const { deps } = clinic.portal.platform;
    const payload = { appointmentId: id, since: String(deps.clock.now()) };
    await Promise.all([1, 2, 3, 4].map(() => planReminders(deps, systemContext(deps), payload)));
    expect((await written()).map(({ lead_minutes: lead }) => lead)).toEqual([1440, 120]);
  });

  test('planned at once from nothing by several, are written once', async () => {
    const { deps } = clinic.portal.platform;
    const payload = { appointmentId: id, since: String(deps.clock.now()) };
    await Promise.all([1, 2, 3, 4].map(() => planReminders(deps, systemContext(deps), payload)));
    await clinic.runJobs();
    expect((await written()).map(({ lead_minutes: lead }) => lead)).toEqual([1440, 120]);
  });

  test('come late, once, where no job ran when they were due; of several the last', async () => {
    clinic.portal.clock.advance(45 * HOUR);
    expect(await reminded(clinic.maria)).toHaveLength(1);
    clinic.portal.clock.advance(HOUR / 2);
    expect(await reminded(clinic.maria)).toHaveLength(1);
  });

  test('one that was due while the appointment was edited is not lost, and none comes twice', async () => {
    await clinic.runJobs();
    clinic.portal.clock.advance(22 * HOUR + 60);
    // Its job has not run when the version changes.
    await edit('a cough');
    expect(await reminded(clinic.maria)).toHaveLength(1);
    await edit('a cold');
    expect(await reminded(clinic.maria)).toHaveLength(1);
    clinic.portal.clock.advance(22 * HOUR);
    expect(await reminded(clinic.maria)).toHaveLength(2);
  });

  test('are those of the new time after a move, and none after a cancellation', async () => {
    await clinic.runJobs();
    const moved = await clinic.post(`/appointments/${id}/reschedule`, clinic.maria.token, {
      ...{ appointmentDate: '2026-03-05', startTime: '10:00' },
    });
    expect(moved.status).toBe(200);
    clinic.portal.clock.advance(23 * HOUR);
    expect(await reminded(clinic.maria)).toHaveLength(0);
    clinic.portal.clock.advance(24 * HOUR);
    expect(await reminded(clinic.maria)).toHaveLength(1);
    await clinic.post(`/appointments/${id}/cancel`, await signedIn(clinic.maria), {});
    clinic.portal.clock.advance(22 * HOUR);
    expect(await reminded(clinic.maria)).toHaveLength(1);
  });
});

describe('who acts for the patient', () => {
  test('is reminded of what was booked before, and no more after the end', async () => {
    await clinic.runJobs();
    const made = await proxy();
    expect(made.status).toBe(201);
    await clinic.runJobs();
    expect(new Set((await written()).map(({ user_id: user }) => user))).toEqual(
      new Set([clinic.maria.id, clinic.paul.id]),
    );
    clinic.portal.clock.advance(23 * HOUR);
    expect(await reminded(clinic.paul)).toHaveLength(1);
    expect((await clinic.delete(`/proxies/${made.body.id}`, await signedIn(clinic.admin))).status).toBe(204);
    await clinic.runJobs();
    expect((await written()).filter(({ user_id: user }) => user === clinic.paul.id)).toHaveLength(1);
    clinic.portal.clock.advance(22 * HOUR);
    expect(await reminded(clinic.paul)).toHaveLength(1);
    expect(await reminded(clinic.maria)).toHaveLength(2);
  });
});

describe('other preferences', () => {
  const choose = async (preferences: object, person = clinic.maria) => {
    const options = { token: await signedIn(person), body: preferences, headers: { 'If-Match': '*' } };
    const { status, body } = await clinic.portal.request('PUT', '/api/v1/notifications/preferences', options);
    expect([status, JSON.stringify(body)]).toEqual([200, expect.any(String)]);
    await clinic.runJobs();
  };
  const leads = async () => (await written()).map(({ lead_minutes: lead }) => lead);

  test('rewrite the reminders of what is booked, also back again, and none comes twice', async () => {
    await clinic.runJobs();
    await choose({ reminderMinutes: [60, 2000] });
    expect(await leads()).toEqual([2000, 60]);
    await choose({ reminderMinutes: [] });
    expect(await leads()).toEqual([]);
    await choose({ reminderMinutes: [1440, 120] });
    clinic.portal.clock.advance(23 * HOUR);
    expect(await reminded(clinic.maria)).toHaveLength(1);
    await choose({ reminderMinutes: [1440, 300] });
    clinic.portal.clock.advance(22 * HOUR + 1800);
    expect(await reminded(clinic.maria)).toHaveLength(2);
  });

  test('apply to what is booked later, and to each receiver alone', async () => {
    await choose({ reminderMinutes: [600] });
    await proxy();
    await choose({ reminderMinutes: [30] }, clinic.paul);
    const byPerson = (await written()).map(({ user_id: user, lead_minutes: lead }) => [user, lead]);
    expect(new Set(byPerson.map(String))).toEqual(new Set([`${clinic.maria.id},600`, `${clinic.paul.id},30`]));
  });

  test('with quiet hours a reminder comes before they begin if it would come too late', async () => {
    await choose({ reminderMinutes: [120], quietHours: { from: '22:00', to: '09:50', timezone: 'UTC' } });
    const [only, ...others] = await written();
    expect(others).toEqual([]);
    expect(only?.send_at).toBe(Date.UTC(2026, 2, 3, 21, 45));
  });
});
