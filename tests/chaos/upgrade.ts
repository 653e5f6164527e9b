/**
 * An upgrade under load: a process of an earlier release serves, one of this version joins it over the same database and
 * migrates it, both serve, and the earlier one leaves as a load balancer would have it leave. Fails when any request fails or
 * anything acknowledged is lost.
 *
 * `npm run chaos:upgrade -- <git ref of the earlier release>`
 */
import { spawnSync } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { startProcess } from '../runtime/deno-process.ts';
import { startEmbeddedPostgres } from '../support/embedded-postgres.ts';
import { startLoad } from './load.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const ADMIN = { email: 'admin@clinic.example', password: 'seven green lanterns 41' };
const STAGE_MS = 4_000;
const [, , release = 'HEAD~1'] = process.argv;

const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

function git(...parameters: string[]): void {
  const { status, stderr } = spawnSync('git', ['-C', ROOT, ...parameters], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`git ${parameters[0]}: ${stderr}`);
}

const folder = await mkdtemp(`${tmpdir()}/portal-upgrade-load-`);
const former = `${folder}/former/`;
git('worktree', 'add', '--detach', former, release);
await symlink(`${ROOT}node_modules`, `${former}node_modules`);
const server = await startEmbeddedPostgres();
if (server === undefined) throw new Error('no PostgreSQL can be started here');

const settings = {
  DATABASE_URL: server.url,
  ADMIN_EMAIL: ADMIN.email,
  ADMIN_PASSWORD: ADMIN.password,
  MFA_REQUIRED_ROLES: '',
  RATE_LIMIT_FACTOR: '0',
  LOG_LEVEL: 'error',
};
const old = await startProcess({ ...settings, DATA_DIR: `${folder}/old` }, { root: former });
const login = await fetch(`${old.url}/api/v1/auth/login`, {
  method: 'POST',
  headers: { 'Content-Type': 'application/json' },
  body: JSON.stringify(ADMIN),
});
const authorization = `Bearer ${((await login.json()) as { accessToken: string }).accessToken}`;
/** As a load balancer has them. */
const serving = [old.url];
const load = startLoad(serving, authorization, 6);
await pause(STAGE_MS);

await mkdir(`${folder}/new`);
await cp(`${folder}/old/secrets.json`, `${folder}/new/secrets.json`);
const next = await startProcess({ ...settings, DATA_DIR: `${folder}/new` });
serving.push(next.url);
await pause(STAGE_MS);
const again = await fetch(`${old.url}/api/v1/auth/login`, {
  method: 'POST',
  headers: { 'Content-Type': 'application/json' },
  body: JSON.stringify(ADMIN),
});

serving.splice(0, 1);
await pause(1_000);
const stopped = await old.stop();
await pause(STAGE_MS);
const report = await load.stop();

const client = new pg.Client(server.url);
await client.connect();
const { rows } = await client.query(`SELECT name FROM clinic_holidays WHERE name LIKE 'chaos-%'`);
await client.end();
const stored = new Set(rows.map(({ name }: { name: string }) => name));
const lost = report.acknowledged.filter((name) => !stored.has(name)).length;
const doubled = rows.length - stored.size;
const failed = report.refusals.length + report.unanswered + report.reads.refused;
console.log(
  JSON.stringify({
    release,
    acknowledged: report.acknowledged.length,
    reads: report.reads.served,
    failed,
    refusals: [...new Set(report.refusals.map(({ status }) => status))],
    unanswered: report.unanswered,
    'reads refused': report.reads.refused,
    lost,
    doubled,
    'sign-in at the former release on the new schema': again.status,
    'former process ended with': stopped,
  }),
);

await next.kill();
await old.kill();
await server.stop();
git('worktree', 'remove', '--force', former);
await rm(folder, { recursive: true, force: true });
process.exit(failed + lost + doubled === 0 && again.status === 200 ? 0 : 1);
