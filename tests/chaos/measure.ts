/** One fault under load: what was refused and how, how long until nothing was any more, and whether the ledger balances. */
import { signInAdmin } from './clinic.ts';
import type { Fault } from './fault.ts';
import { client } from './http.ts';
import { balance } from './ledger.ts';
import type { Load } from './load.ts';
import type { Refused } from './sender.ts';
import { pause } from './services.ts';
import type { World } from './world.ts';

export interface Row {
  readonly fault: string;
  readonly skipped?: string;
  readonly written: number;
  readonly read: number;
  readonly refused: string;
  readonly slowestReadMs: number;
  readonly recoveryMs: number;
  readonly lost: number;
  readonly doubled: number;
  readonly overlapping: number;
  readonly unsettled: number;
  readonly signedOut: number;
  readonly mailsDoubled: number;
  readonly mailsAgain: number;
  readonly mailsLost: number;
  readonly mailsWaiting: number;
  readonly audit: string;
  readonly logged: string;
  /** What makes the run fail. */
  readonly failures: readonly string[];
}

const BEFORE_MS = 1_000;
/** For so long after the fault it is watched whether anything is still refused, at most. */
const AFTER_MS = 2_500;
const LONGEST_MS = 60_000;
const DRAIN_MS = 20_000;
const VERIFY_MS = 300_000;
export const UNVERIFIED = 'not verified: no folder can be shared here';

export async function measure(world: World, load: Load, fault: Fault, faultMs: number): Promise<Row> {
  await load.signIn();
  const admin = await signInAdmin(world.urls[1] ?? world.urls[0] ?? '');
  const before = await balance(world.database, load, world.provider.mails);
  world.logged();
  load.begin();
  load.resume();
  await pause(BEFORE_MS);
  const end = await fault.begin(world, load, admin);
  await pause(Math.max(faultMs, fault.lasts ?? 0));
  await end();
  const ended = performance.now();
  const isBack = () => load.written.some((at) => at > ended) && load.served.some(({ at }) => at > ended);
  while (!isBack() && performance.now() - ended < LONGEST_MS) await pause(20);
  await pause(Math.min(AFTER_MS, 1.5 * faultMs));
  await load.rest();
  const revived = await world.revive();
  const mails = await drainMails(world, DRAIN_MS);
  const verdict = await verifyAudit(world, admin);
  const result = await balance(world.database, load, world.provider.mails);
  const log = world.logged();

  const firstBack = Math.min(...load.written.filter((at) => at > ended), ended + LONGEST_MS);
  // Sign-ins also wait for the processor, which other programs of the machine may have.
  const lastRefused = Math.max(ended, ...load.refused.filter(({ step }) => step !== 'sign-in').map(({ at }) => at));
  const recoveryMs = Math.round(Math.max(firstBack, lastRefused) - ended);
  const row = {
    fault: fault.name,
    written: load.written.length,
    read: load.served.length,
    refused: refusedHow(load.refused),
    slowestReadMs: Math.round(Math.max(0, ...load.served.map(({ milliseconds }) => milliseconds))),
    recoveryMs,
    lost: result.lost - before.lost,
    doubled: result.doubled - before.doubled,
    overlapping: result.overlapping - before.overlapping,
    unsettled: load.unsettled.length,
    signedOut: load.signedOut(),
    mailsDoubled: result.mails.doubled - before.mails.doubled,
    mailsAgain: result.mails.again - before.mails.again,
    mailsLost: result.mails.lost - before.mails.lost,
    mailsWaiting: mails,
    audit: verdict,
    logged: causes(log),
  };
  const failures = failuresOf(row, fault, load.refused, log);
  return { ...row, failures: revived === 0 ? failures : [...failures, `processes that ended: ${revived}`] };
}

function failuresOf(
  row: Omit<Row, 'failures'>,
  { named, recoversWithin }: Fault,
  refused: readonly Refused[],
  log: string,
): readonly string[] {
  const found: string[] = [];
  for (const what of ['lost', 'doubled', 'overlapping', 'signedOut', 'mailsDoubled', 'mailsLost'] as const) {
    if (row[what] > 0) found.push(`${what}: ${row[what]}`);
  }
  const statuses = new Set(refused.map(({ status }) => status));
  for (const status of statuses) if (status !== null && status !== 503) found.push(`answered ${status}`);
  if (refused.some(({ status, retryAfter }) => status === 503 && retryAfter === null)) found.push('no Retry-After');
  if (row.recoveryMs > recoversWithin) found.push(`recovery took more than ${recoversWithin} ms`);
  if (named !== null && !log.split('\n').some((line) => named.test(line))) found.push('no log line names the cause');
  if (row.audit !== 'verified' && row.audit !== UNVERIFIED) found.push(`audit log: ${row.audit}`);
  return found;
}

function refusedHow(refused: readonly Refused[]): string {
  const kinds = new Map<string, number>();
  for (const { status, retryAfter } of refused) {
    const missing = status === 503 && retryAfter === null ? ' without Retry-After' : '';
    const kind = `${status ?? 'no answer'}${missing}`;
    kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
  }
  return [...kinds].map(([kind, count]) => `${kind} × ${count}`).join(', ') || 'nothing';
}

/** Which events and causes the log names, each once. */
export function causes(log: string): string {
  const found = log.split('\n').flatMap((line) => {
    if (!line.startsWith('{')) return /^Stopping|aborted/.test(line) ? [line] : [];
    const { event, dependency, service, reason, code } = JSON.parse(line) as Record<string, string | undefined>;
    return [[event, dependency ?? service, reason, code].filter((part) => part !== undefined).join(' ')];
  });
  return [...new Set(found)].join('; ') || 'nothing';
}

const MESSAGES = `(topic = 'notification.deliver' OR topic LIKE 'delivery.%')`;
const DUE = `FROM outbox WHERE ${MESSAGES} AND state = 'pending'
  AND (not_before <= now() OR last_error IS NOT NULL)`;
/** Jobs that nobody has, and such as somebody has just taken. */
const AT_WORK = `(leased_until IS NULL OR leased_until <= now()
  OR leased_until BETWEEN now() + interval '50 seconds' AND now() + interval '65 seconds')`;

const WITHIN_A_MINUTE = `(leased_until IS NULL OR leased_until <= now() + interval '65 seconds')`;

/**
 * Waits until every mail that is due and free has gone out; what is to be tried again after a pause is tried now. What a
 * process had taken when it lost the database stays with that process until its lease ends.
 * @param leases whether to wait for the leases of a minute, too
 * @returns how many are still due
 */
export async function drainMails({ database }: World, milliseconds: number, leases = false): Promise<number> {
  const [rests] = await database.ask<{ has: boolean }>(
    `SELECT count(*) > 0 AS has FROM information_schema.columns WHERE table_name = 'outbox' AND column_name = 'rests_until'`,
  );
  const until = performance.now() + milliseconds;
  for (;;) {
    await database.ask(
      `UPDATE outbox SET not_before = now() ${rests?.has === true ? ', rests_until = NULL' : ''}
        WHERE ${MESSAGES} AND state = 'pending' AND last_error IS NOT NULL
          AND not_before > now() AND leased_until IS NULL`,
    );
    const [due] = await database.ask<{ all: number; free: number }>(
      `SELECT count(*)::int AS all, (count(*) FILTER (WHERE ${leases ? WITHIN_A_MINUTE : AT_WORK}))::int AS free ${DUE}`,
    );
    if (due === undefined || due.free === 0 || performance.now() > until) return due?.all ?? 0;
    await pause(200);
  }
}

/** @param token of an administrator */
export async function verifyAudit({ urls, sharesFiles }: World, token: string): Promise<string> {
  if (!sharesFiles) return UNVERIFIED;
  const url = urls[1] ?? urls[0] ?? '';
  try {
    const reply = await client(url)('GET', '/audit/verify', { token, patience: VERIFY_MS });
    if (reply.status !== 200) return `not verified (${reply.status})`;
    return reply.body.ok === true ? 'verified' : JSON.stringify(reply.body.problems).slice(0, 300);
  } catch (error) {
    return `not verified (${(error as Error).name})`;
  }
}
