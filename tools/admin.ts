/** Command line for operators, over the same use cases as the API. Runs under Deno: `npm run admin -- --help`. */
import { parseArgs } from 'node:util';
import type { Reindexed } from '../adapters/postgres/sealed/reindex.ts';
import type { StopSource } from '../domain/audit/ports.ts';
import { isUnproven } from '../domain/identity/user.ts';
import { toBase64Url } from '../domain/shared/bytes.ts';
import { formatInstant } from '../domain/shared/time.ts';
import { beginNewOrigin, recordedOriginName } from '../src/app/audit/new-origin.ts';
import type { Deps } from '../src/app/context.ts';
import { checkPassword, provisionUser } from '../src/app/identity/accounts.ts';
import { unlockAccount } from '../src/app/identity/administration.ts';
import { systemContext } from '../src/app/identity/first-admin.ts';
import { takeFactorsAway } from '../src/app/mfa/reset.ts';
import { applyRetention } from '../src/app/privacy/retention.ts';
import { lockDataDir } from '../src/compose/data-dir-lock.ts';
import { composeDeno } from '../src/compose/deno.ts';
import { type Config, parseConfig, VARIABLES } from '../src/config.ts';
import { normalizeEmail } from '../src/http/schemas.ts';
import { explainStart } from '../src/start-faults.ts';
import { Refused, RINGS, retireFieldKeys, rotateKeys, type Which } from './rotate-keys.ts';

const HELP = `Operates a patient portal. Settings are read from the environment, as the portal reads them.

Usage: npm run admin -- <command> [options]

Commands:
  create-admin --email <address> [--first-name <name>] [--last-name <name>]
      Makes an administrator. The password is read from ADMIN_PASSWORD; without it, one is made and shown once.
  unlock --email <address>
      Ends the pause after too many failed sign-ins or wrong codes.
  reset-factors --email <address>
      Takes the second factors away from somebody who has lost them, and ends every session, API key and calendar link.
      First verify who asks: afterwards the password alone gives access.
  sessions --email <address>
      Lists where somebody is signed in.
  rotate-keys token|field|index [--retire]
      Brings a new key, for field keys wraps every person's data key by it, for the index stores every entry anew under it. The embedded portal is stopped: all is
      done at once. Otherwise each run does the next step and says which: first the new key stands at the end of the
      ring, then it is made the first, then (field, index) what is stored follows. Between two runs every instance must get the
      ring: where TOKEN_KEYS, FIELD_KEYS or INDEX_KEY are set in the environment, the command shows the value to set.
      With --retire, for field keys: takes the older keys out of the ring. To be run when the last backup from before
      the rotation has expired: no backup that needs them can be read from then on.
  audit status|new-origin
      Says how far the audit log is sealed, and why not; or goes on under a new origin after its history was lost. The origin is
      named after PUBLIC_URL; without it, as the one before.
  retention [--dry-run]
      Deletes what was kept as long as RETENTION says, as the portal does once a day; with --dry-run only counts it.

Options:
  -h, --help    Shows this text.

The embedded database belongs to one process: stop the portal first. With DATABASE_URL it may go on.
`;

type Options = Readonly<Record<string, string | boolean | undefined>>;

function address(options: Options): string {
  const email = typeof options.email === 'string' ? normalizeEmail(options.email) : undefined;
  if (email === undefined) throw new Refused('--email <address> is missing or is not an e-mail address');
  return email;
}

async function createAdmin(deps: Deps, options: Options): Promise<string> {
  const email = address(options);
  const given = Deno.env.get('ADMIN_PASSWORD');
  const password = given ?? toBase64Url(deps.random.bytes(15));
  const firstName = String(options['first-name'] ?? 'Clinic');
  const lastName = String(options['last-name'] ?? 'Administrator');
  const acceptable = checkPassword(deps, password, { email, firstName, lastName });
  if (!acceptable.ok) throw new Refused(`ADMIN_PASSWORD is not acceptable: ${acceptable.error.reasons.join(', ')}`);
  const [existing] = await deps.database.load(deps.loads.identity.userByEmail(email));
  if (existing !== undefined && !isUnproven(existing))
    throw new Refused(`${email} has an account already (${existing.role})`);
  const user = await provisionUser(deps, systemContext(deps), {
    email,
    password,
    firstName,
    lastName,
    dateOfBirth: null,
    phoneNumber: null,
    timezone: 'UTC',
    language: 'en',
    role: 'admin',
    doctor: null,
  });
  const shown = given === undefined ? `\nPassword, shown this once: ${password}` : '';
  return `Made the administrator ${email} (${user.id}).${shown}`;
}

async function unlock(deps: Deps, options: Options): Promise<string> {
  const email = address(options);
  const result = await unlockAccount(deps, systemContext(deps), { email });
  if (!result.ok) throw new Refused(`${email}: ${result.error.code === 'not_found' ? 'no such account' : 'try again'}`);
  return `Unlocked ${email}.`;
}

async function resetFactors(deps: Deps, options: Options): Promise<string> {
  const email = address(options);
  const [user] = await deps.database.load(deps.loads.identity.userByEmail(email));
  if (user === undefined) throw new Refused(`${email}: no such account`);
  const result = await takeFactorsAway(deps, systemContext(deps), user.id);
  if (result.ok) return `${email} has no second factor any more, is signed out everywhere and is told by mail.`;
  throw new Refused(`${email}: ${result.error.code === 'mfa_not_enabled' ? 'has no second factor' : 'try again'}`);
}

async function sessions(deps: Deps, options: Options): Promise<string> {
  const email = address(options);
  const [user] = await deps.database.load(deps.loads.identity.userByEmail(email));
  if (user === undefined) throw new Refused(`${email}: no such account`);
  const [found] = await deps.database.load(
    deps.loads.identity.sessionsOf(user.id, deps.clock.now(), { after: null, limit: 100 }),
  );
  if (found.length === 0) return `${email} is signed in nowhere.`;
  const lines = found.map((session) =>
    [
      session.id,
      formatInstant(session.lastActivityAt),
      session.ip ?? '-',
      session.deviceName,
      session.isSuspicious ? `unusual (${session.riskScore})` : '',
    ]
      .join('  ')
      .trimEnd(),
  );
  return ['session  last used  address  device', ...lines].join('\n');
}

async function auditStatus(deps: Deps): Promise<string> {
  const [{ publication, waitingEvents, origins }] = await deps.database.load(deps.loads.audit.status());
  const { origin, size, last, stopped } = publication;
  const lines = [
    `origin  ${origin ?? '(none before the first seal)'}`,
    `leaves  ${size}, of which ${last?.size ?? 0} are published; ${waitingEvents} events wait`,
    ...origins.map((former) => `former  ${former.formerOrigin}, up to ${former.beganAtSize} leaves in common`),
  ];
  if (stopped === null) return lines.join('\n');
  return [
    ...lines,
    `STOPPED since ${formatInstant(stopped.since)}: ${STOPPED_BECAUSE[stopped.source]}`,
    stopped.note.trimEnd(),
    'Restore the newer database, or continue under a new origin: npm run admin -- audit new-origin. See docs/audit.md.',
  ].join('\n');
}

const STOPPED_BECAUSE: Readonly<Record<StopSource, string>> = {
  file_storage: 'file storage holds a checkpoint that this log contradicts:',
  witness: 'the witness has seen a checkpoint that this log contradicts:',
  restore:
    'the database was restored, and checkpoints may have been published after the backup. The newest that was restored:',
};

async function audit(deps: Deps, what: string | undefined, hasPublicUrl: boolean): Promise<string> {
  if (what === 'status') return auditStatus(deps);
  if (what !== 'new-origin') throw new Refused('audit needs one of: status, new-origin');
  const recorded = hasPublicUrl ? undefined : await recordedOriginName(deps);
  if (!hasPublicUrl && recorded === undefined) {
    throw new Refused(
      'audit new-origin: set PUBLIC_URL to the portal’s value. The origin is named after it, and the database has none yet',
    );
  }
  const begun = await beginNewOrigin(deps, systemContext(deps), recorded);
  if (!begun.ok) {
    const needed = begun.error.code !== 'origin_not_needed';
    throw new Refused(
      needed
        ? 'the log has just changed; try again'
        : 'the log continues every checkpoint that is known, no restore has stopped it, and CHECKPOINT_KEYS are its keys',
    );
  }
  const { origin, formerOrigin, formerSize, commonSize } = begun.value;
  const told =
    recorded === undefined
      ? ''
      : `PUBLIC_URL is not set: the name is the one that the database records, ${recorded}.\n`;
  return `${told}${formerOrigin} ended; its newest known checkpoint has ${formerSize} leaves. The log goes on as ${origin} from ${commonSize} leaves.`;
}

async function retention(deps: Deps, isDryRun: boolean): Promise<string> {
  const { overdue, isDone } = await applyRetention(deps, systemContext(deps), { dryRun: isDryRun });
  const lines = Object.entries(overdue).map(([kind, count]) => `${kind}  ${count}`);
  if (isDryRun) return ['Would delete:', ...lines].join('\n');
  return [isDone ? 'Deleted:' : 'Deleted a part of this; run it again for the rest:', ...lines].join('\n');
}

function ringNamed(which: string | undefined): Which {
  if (which !== undefined && Object.hasOwn(RINGS, which)) return which as Which;
  throw new Refused(`rotate-keys needs one of: ${Object.keys(RINGS).join(', ')}`);
}

/**
 * Composes the portal without starting its jobs, because an operator's shell has neither the portal's address nor its
 * mail settings, and commands that only read must change nothing. The running portal does the jobs that a command adds.
 */
async function withPortal<T>(
  config: Config,
  work: (deps: Deps, renewIndexes: () => Promise<Reindexed>) => Promise<T>,
): Promise<T> {
  const {
    platform,
    renewIndexes: renew,
    close,
  } = await composeDeno(
    { ...config, MIGRATE: false, PUBLIC_URL: config.PUBLIC_URL ?? 'http://localhost' },
    undefined,
    undefined,
    false,
  );
  try {
    return await work(platform.deps, renew);
  } finally {
    await close();
  }
}

interface Command {
  /**
   * Keys that must be configured and are not generated, in addition to those that seal personal data. Default: none.
   */
  readonly needs?: readonly ('TOKEN_KEYS' | 'CHECKPOINT_KEYS')[];
  run(config: Config): Promise<string>;
}

async function run(arguments_: string[]): Promise<string> {
  const { values, positionals } = readArguments(arguments_);
  const [command, what] = positionals;
  if (values.help === true || command === undefined || command === 'help') return HELP.trimEnd();
  const commands: Readonly<Record<string, Command>> = {
    'create-admin': { run: (config) => withPortal(config, (deps) => createAdmin(deps, values)) },
    unlock: { run: (config) => withPortal(config, (deps) => unlock(deps, values)) },
    'reset-factors': { run: (config) => withPortal(config, (deps) => resetFactors(deps, values)) },
    sessions: { run: (config) => withPortal(config, (deps) => sessions(deps, values)) },
    'rotate-keys': {
      needs: what === 'token' ? ['TOKEN_KEYS'] : [],
      run: (config) =>
        values.retire === true
          ? retireFieldKeys(config, ringNamed(what), withPortal)
          : rotateKeys(config, ringNamed(what), withPortal),
    },
    audit: {
      needs: ['CHECKPOINT_KEYS'],
      run: (config) => withPortal(config, (deps) => audit(deps, what, config.PUBLIC_URL !== undefined)),
    },
    retention: { run: (config) => withPortal(config, (deps) => retention(deps, values['dry-run'] === true)) },
  };
  const chosen = Object.hasOwn(commands, command) ? commands[command] : undefined;
  if (chosen === undefined) throw new Refused(`unknown command ${command}. See --help`);
  if (!['rotate-keys', 'retention', 'audit'].includes(command)) address(values);
  const config = parseConfig(
    Object.fromEntries(VARIABLES.map((name) => [name, Deno.env.get(name)]).filter(([name]) => !isFirstAdmin(name))),
    'deno',
    ['FIELD_KEYS', 'INDEX_KEY', ...(chosen.needs ?? [])],
  );
  // With a database server, the portal may keep running.
  const lock = config.mode === 'embedded' ? await lockDataDir(config.DATA_DIR) : undefined;
  try {
    return await chosen.run(config);
  } finally {
    lock?.close();
  }
}

/** Here `ADMIN_PASSWORD` is the password of the new administrator and does not need `ADMIN_EMAIL`. */
function isFirstAdmin(name: string | undefined): boolean {
  return name === 'ADMIN_EMAIL' || name === 'ADMIN_PASSWORD';
}

function readArguments(arguments_: string[]) {
  try {
    return parseArgs({
      args: arguments_,
      allowPositionals: true,
      options: {
        help: { type: 'boolean', short: 'h' },
        email: { type: 'string' },
        'dry-run': { type: 'boolean' },
        retire: { type: 'boolean' },
        'first-name': { type: 'string' },
        'last-name': { type: 'string' },
      },
    });
  } catch (error) {
    throw new Refused(`${(error as Error).message}. See --help`);
  }
}

try {
  console.log(await run(Deno.args));
  Deno.exit(0);
} catch (error) {
  console.error(error instanceof Refused ? `error: ${error.message}` : explainStart(error));
  Deno.exit(1);
}
