import { expect, it } from 'vitest';
import { sql } from '../../adapters/postgres/driver/sql.ts';
import { ensureFirstAdmin } from '../../src/app/identity/first-admin.ts';
import { PASSWORD } from '../support/portal.ts';
import { atOnce, onServer } from './on-server.ts';

onServer('the first administrator', {}, (server) => {
  it('is created once by any number of processes that start at the same time, and all continue', async () => {
    const { deps } = server.portal;
    const settings = { ADMIN_EMAIL: 'First@Clinic.example', ADMIN_PASSWORD: PASSWORD };
    const made = await atOnce(8, () => ensureFirstAdmin(deps, settings));
    expect(made).toContain(true);
    expect(await ensureFirstAdmin(deps, settings)).toBe(false);
    const [counted] = await server.rows(sql`SELECT count(*) AS users FROM users`);
    expect(counted?.users).toBe(1);
    await server.portal.signIn('first@clinic.example');
  });
});
