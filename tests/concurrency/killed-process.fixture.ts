/** Works on what is due, and is killed where it sends to an address that begins with `deadly`. What it needs comes in the environment. */
import { createOutbox } from '../../adapters/postgres/commit/outbox.ts';
import { createTcpDriver } from '../../adapters/postgres/driver/tcp.ts';
import { ok } from '../../domain/shared/result.ts';
import { providersOver } from '../../src/compose/providers.ts';
import { createJobs } from '../../src/jobs/jobs.ts';
import { startPortal } from '../support/portal.ts';

const { FIXTURE_DATABASE = '', FIXTURE_KEYS = '{}', FIXTURE_NOW = '0' } = process.env;
const driver = createTcpDriver({ url: FIXTURE_DATABASE, role: 'patient_portal_app' });
const environment = { ...JSON.parse(FIXTURE_KEYS), LOG_LEVEL: 'silent' };
const portal = await startPortal({ driver, environment, now: Number(FIXTURE_NOW) });
const send = async ({ id, to }: { readonly id: string; readonly to: unknown }) => {
  if (String(to).startsWith('deadly')) process.kill(process.pid, 'SIGKILL');
  return ok({ providerId: id });
};
const channel = providersOver([{ name: 'first', sendsTo: ['email'], channel: { send } }], portal.clock);
await createJobs({ ...portal.deps, channel }, createOutbox(driver), null).runDue();
await driver.close();
