/**
 * An upgrade under load: a process of an earlier release serves, one of this version joins it over the same database and
 * migrates it, both serve, and the earlier one leaves as a load balancer would have it leave. Fails when any request fails or
 * anything acknowledged is lost.
 *
 * `npm run chaos:upgrade -- <git ref of the earlier release>`
 */
import { spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { done, openClinic, signInAdmin } from './clinic.ts';
import { balance } from './ledger.ts';
import { startLoad } from './load.ts';
import { causes, drainMails, verifyAudit } from './measure.ts';
import { pause } from './services.ts';
import { startWorld } from './world.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const STAGE_MS = 6_000;
const PATIENTS = 8;
const STEPS_PER_SECOND = 30;
const DRAIN_MS = 20_000;
const [, , release = 'HEAD~1'] = process.argv;

function git(...parameters: string[]): void {
  const { status, stderr } = spawnSync('git', ['-C', ROOT, ...parameters], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`git ${parameters[0]}: ${stderr}`);
}

/** The dependencies of the earlier release: those of this version if they are the same. */
async function installFormer(): Promise<void> {
  const [own, its] = await Promise.all([ROOT, former].map((root) => readFile(`${root}package-lock.json`, 'utf8')));
  if (own === its) return symlink(`${ROOT}node_modules`, `${former}node_modules`);
  console.log('Installing the dependencies of the earlier release …');
  const { status, stderr } = spawnSync('npm', ['ci', '--silent'], { cwd: former, encoding: 'utf8' });
  if (status !== 0) throw new Error(`npm ci of ${release}: ${stderr}`);
}

const folder = await mkdtemp(`${tmpdir()}/portal-former-`);
const former = `${folder}/code/`;
git('worktree', 'add', '--detach', former, release);
await installFormer();
const world = await startWorld({ root: former, processes: 1 });
const [old] = world.portals;
const clinic = await openClinic(old.url, world.provider, PATIENTS);
const load = startLoad({ urls: world.urls, clinic, stepsPerSecond: STEPS_PER_SECOND, seed: 1 });
await load.signIn();
load.begin();
load.resume();
await pause(STAGE_MS);

console.log('The new version joins, and migrates …');
const next = await world.join({ root: ROOT });
world.urls.push(next.url);
await pause(STAGE_MS);
const [patient] = clinic.patients;
const again = await done(old.url, 'POST', '/auth/login', {
  body: { email: patient?.email, password: patient?.password },
});

console.log('The former one leaves …');
world.urls.splice(0, 1);
await pause(1_000);
const stopped = await old.stop();
await pause(STAGE_MS);
await load.rest();
const waiting = await drainMails(world, DRAIN_MS);
const audit = await verifyAudit(world, await signInAdmin(world.urls[0] ?? ''));
const logged = causes(world.logged());
const result = await balance(world.database, load, world.provider.mails);
await world.close();
git('worktree', 'remove', '--force', former);
await rm(folder, { recursive: true, force: true });

const refused = Object.groupBy(load.refused, ({ status, step }) => `${step} ${status ?? 'no answer'}`);
console.log(
  JSON.stringify({
    release,
    written: load.written.length,
    read: load.served.length,
    refused: Object.fromEntries(Object.entries(refused).map(([kind, each]) => [kind, each?.length])),
    signedOut: load.signedOut(),
    ...result,
    waiting,
    audit,
    logged,
    'sign-in at the former release on the new schema': again.status,
    'former process ended with': stopped,
  }),
);
const faults =
  load.refused.length + load.signedOut() + result.lost + result.doubled + result.overlapping + result.mails.doubled;
process.exit(faults === 0 && again.status === 200 && audit === 'verified' ? 0 : 1);
