import { describe, expect, it } from 'vitest';
import { sql } from '../../adapters/postgres/driver/sql.ts';
import { createTcpDriver } from '../../adapters/postgres/driver/tcp.ts';
import { ensureFirstAdmin } from '../../src/app/identity/first-admin.ts';
import { PASSWORD, startPortal } from '../support/portal.ts';
import { freshDatabase } from '../support/postgres.ts';
import { databaseUrl, needsPostgres } from '../tools/services.ts';

describe.skipIf(databaseUrl === undefined)(`the first administrator, on a real server${needsPostgres}`, () => {
  it('is created once by any number of processes that start at the same time, and all continue', async () => {
    const database = await freshDatabase();
    const driver = createTcpDriver({ url: database.url, role: 'patient_portal_app', maxConnections: 10 });
    const portal = await startPortal({ driver });
    const settings = { ADMIN_EMAIL: 'First@Clinic.example', ADMIN_PASSWORD: PASSWORD };
    const made = await Promise.all(Array.from({ length: 8 }, () => ensureFirstAdmin(portal.deps, settings)));
    expect(made).toContain(true);
    expect(await ensureFirstAdmin(portal.deps, settings)).toBe(false);
    const [[counted] = []] = await driver.run([sql`SELECT count(*) AS users FROM users`], 'snapshot');
    expect(counted?.users).toBe(1);
    await portal.signIn('first@clinic.example');
    await driver.close();
    await database.drop();
  });
});
