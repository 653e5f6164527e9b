/** A clinic on an embedded database of its own, whose tables a test can search as their owner. */
import type { PgliteDriver } from '../../../adapters/postgres/driver/pglite.ts';
import { embeddedDriver } from '../../support/embedded-database.ts';
import { startPortal } from '../../support/portal.ts';

const WEEK = [1, 2, 3, 4, 5, 6, 7].map((weekday) => ({ weekday, start: '09:00', end: '17:00' }));

/** @returns an administrator who is signed in, and a doctor with hours on every day */
export async function startEmbeddedClinic() {
  const driver = await embeddedDriver();
  const portal = await startPortal({ driver });
  const admin = await portal.signIn((await portal.person('admin', 'ada')).email);
  const doctor = await portal.person('doctor', 'chidi');
  const hours = { timezone: 'UTC', weekly: WEEK };
  await portal.request('PUT', `/api/v1/doctors/${doctor.id}/availability`, { token: admin, body: hours });
  return { driver, portal, admin, doctor };
}

/** The rows of all tables, as text. */
export async function dump(driver: PgliteDriver): Promise<string> {
  await driver.pglite.exec('RESET ROLE');
  const { rows } = await driver.pglite.query<{ name: string }>(
    `SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public'`,
  );
  const texts: string[] = [];
  for (const { name } of rows) {
    const found = await driver.pglite.query<{ line: string }>(`SELECT to_jsonb(t)::text AS line FROM ${name} t`);
    texts.push(...found.rows.map(({ line }) => line));
  }
  await driver.pglite.exec('SET ROLE patient_portal_app');
  return texts.join('\n');
}
