/** A portal on a database of its own, which a test can change behind the portal's back. */
import type { SqlDriver } from '../../../adapters/postgres/driver/driver.ts';
import { type Portal, startPortal } from '../../support/portal.ts';
import { testDatabase } from '../../support/test-database.ts';

export interface AuditedPortal {
  readonly driver: SqlDriver;
  readonly portal: Portal;
  /** The token of an administrator. */
  readonly admin: string;
  /** As the owner of the tables, who may do what the portal's own role may not. */
  asOwner(script: string): Promise<void>;
  /** The export of the audit log, as it is downloaded. */
  exported(): Promise<string>;
  close(): Promise<void>;
}

export async function startAuditedPortal(environment: Readonly<Record<string, string>> = {}): Promise<AuditedPortal> {
  const { driver, asOwner } = await testDatabase();
  const portal = await startPortal({ driver, environment });
  const admin = await portal.signIn((await portal.person('admin', 'ada')).email);
  return {
    driver,
    portal,
    admin,
    asOwner,
    async exported() {
      const headers = { Authorization: `Bearer ${admin}` };
      return (await portal.fetch(new Request('https://portal.example/api/v1/audit/export', { headers }))).text();
    },
    close: () => driver.close(),
  };
}
