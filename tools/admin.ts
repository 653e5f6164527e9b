/** The operators' command line, over the same use cases as the API. Runs under Deno: `npm run admin -- --help`. */
import { parseArgs } from 'node:util';
import { isUnproven } from '../domain/identity/user.ts';
import { toBase64Url } from '../domain/shared/bytes.ts';
import { formatInstant } from '../domain/shared/time.ts';
import { beginNewOrigin } from '../src/app/audit/new-origin.ts';
import type { Deps } from '../src/app/context.ts';
import { checkPassword, provisionUser } from '../src/app/identity/accounts.ts';
import { unlockAccount } from '../src/app/identity/administration.ts';
import { systemContext } from '../src/app/identity/first-admin.ts';
import { recordRotation, rewrapDataKeys } from '../src/app/identity/rotate-keys.ts';
import { takeFactorsAway } from '../src/app/mfa/reset.ts';
import { applyRetention } from '../src/app/privacy/retention.ts';
import { lockDataDir } from '../src/compose/data-dir-lock.ts';
import { composeDeno } from '../src/compose/deno.ts';
import { isPublished, promoteKey, publishKey, type Ring } from '../src/compose/key-rotation.ts';
import { replaceSecrets, storedSecrets } from '../src/compose/secrets.ts';
import { type Config, parseConfig, VARIABLES } from '../src/config.ts';
import { normalizeEmail } from '../src/http/schemas.ts';
import { explainStart } from '../src/start-faults.ts';

const HELP = `Operates a patient portal. Settings are read from the environment, as the portal reads them.

Usage: npm run admin -- <command> [options]

Commands:
  create-admin --email <address> [--first-name <name>] [--last-name <name>]
      Makes an administrator. The password is read from ADMIN_PASSWORD; without it, one is made and shown once.
  unlock --email <address>
      Ends the pause after too many failed sign-ins or wrong codes.
  reset-factors --email <address>
      Takes the second factors away from somebody who has lost them, and ends every session, API key and calendar link.
      Make sure first who asks: from then on the password alone lets in.
  sessions --email <address>
      Lists where somebody is signed in.
  rotate-keys token|field
      Brings a new key, and for field keys wraps every person's data key by it. The embedded portal is stopped: all is
      done at once. Otherwise each run does the next step and says which: first the new key stands at the end of the
      ring, then it is made the first, then (field) data keys are wrapped. Between two runs every instance must get the
      ring: where TOKEN_KEYS or FIELD_KEYS are set in the environment, the command shows the value to set.
  audit status|new-origin
      Says how far the audit log is sealed, and why not; or goes on under a new origin after its history was lost.
  retention [--dry-run]
      Deletes what was kept as long as RETENTION says, as the portal does once a day; with --dry-run only counts it.

Options:
  -h, --help    Shows this text.

The embedded database belongs to one process: stop the portal first. With DATABASE_URL it may go on.
`;

/** A mistake of whoever types: told without a stack. */
class Refused extends Error {
  override readonly name = 'Refused';
}

type Options = Readonly<Record<string, string | boolean | undefined>>;

function address(options: Options): string {
  const email = typeof options.email === 'string' ? normalizeEmail(options.email) : undefined;
  if (email === undefined) throw new Refused('--email <address> is missing or is no e-mail address');
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
  const where = stopped.source === 'witness' ? 'the witness has seen' : 'file storage holds';
  const since = formatInstant(stopped.since);
  return [...lines, `STOPPED since ${since}: ${where} a checkpoint that this log contradicts:`, stopped.note].join(
    '\n',
  );
}

async function audit(deps: Deps, what: string | undefined): Promise<string> {
  if (what === 'status') return auditStatus(deps);
  if (what !== 'new-origin') throw new Refused('audit needs one of: status, new-origin');
  const begun = await beginNewOrigin(deps, systemContext(deps));
  if (!begun.ok) {
    const needed = begun.error.code !== 'origin_not_needed';
    throw new Refused(
      needed ? 'the log has just changed; try again' : 'the log continues every checkpoint that is known',
    );
  }
  const { origin, formerOrigin, formerSize, commonSize } = begun.value;
  return `${formerOrigin} ended; its newest known checkpoint has ${formerSize} leaves. The log goes on as ${origin} from ${commonSize} leaves.`;
}

async function retention(deps: Deps, isDryRun: boolean): Promise<string> {
  const { overdue, isDone } = await applyRetention(deps, systemContext(deps), { dryRun: isDryRun });
  const lines = Object.entries(overdue).map(([kind, count]) => `${kind}  ${count}`);
  if (isDryRun) return ['Would delete:', ...lines].join('\n');
  return [isDone ? 'Deleted:' : 'Deleted a part of this; run it again for the rest:', ...lines].join('\n');
}

const RINGS = { token: 'TOKEN_KEYS', field: 'FIELD_KEYS' } as const;
const KEEP_OLDER = 'Keep the older keys: the audit log needs them.';

/** Puts a ring where the portal finds it, or says where it has to be put. */
async function setRing(config: Config, name: Ring, ring: string): Promise<string> {
  if (config[name] !== undefined) return `Set ${name} to this and restart the portal, everywhere:\n${ring}`;
  await replaceSecrets(config.DATA_DIR, { ...(await storedSecrets(config.DATA_DIR)), [name]: ring });
  return `It is in ${config.DATA_DIR}/secrets.json: restart the portal, everywhere.`;
}

async function wrapKeys(config: Config): Promise<{ readonly count: number; readonly told: string }> {
  const { wrapped, unopened } = await withPortal(config, (deps) => rewrapDataKeys(deps, systemContext(deps)));
  const left = `\n${unopened.length} could not be opened and were left as they are: ${unopened.join(', ')}`;
  return { count: wrapped, told: unopened.length === 0 ? '' : left };
}

/** Does the next step that is safe while instances run, and says which it was. */
async function rotate(config: Config, which: string | undefined): Promise<string> {
  if (which !== 'token' && which !== 'field') throw new Refused('rotate-keys needs one of: token, field');
  const name = RINGS[which];
  const ring = config[name] ?? (await storedSecrets(config.DATA_DIR))[name];
  const record = () => withPortal(config, (deps) => recordRotation(deps, systemContext(deps), 'token_keys.rotated'));
  // One process, which is stopped: nobody has the ring of before.
  if (config.mode === 'embedded' && config[name] === undefined) {
    const fresh = isPublished(ring) ? ring : await publishKey(name, ring);
    await setRing(config, name, promoteKey(name, fresh));
    if (which === 'field') {
      const { count, told } = await wrapKeys(config);
      return `A fresh key wraps ${count} data keys. ${KEEP_OLDER}${told}`;
    }
    await record();
    return 'A fresh key signs access tokens from the next start on; the one before still verifies.';
  }
  const steps = which === 'token' ? 2 : 3;
  if (isPublished(ring)) {
    const where = await setRing(config, name, promoteKey(name, ring));
    if (which === 'token') await record();
    const then = which === 'token' ? '' : '\nThen run this again: it wraps the data keys by it.';
    return `Step 2 of ${steps}: the new key is the first of the ring. ${where}${then}`;
  }
  let left = '';
  if (which === 'field') {
    const { count, told } = await wrapKeys(config);
    if (count > 0) return `Step 3 of 3: wrapped ${count} data keys by the current key. ${KEEP_OLDER}${told}`;
    left = told;
  }
  const where = await setRing(config, name, await publishKey(name, ring));
  const wait = 'Run this again when every instance runs with it, and not before.';
  return `Step 1 of ${steps}: there is a new key at the end of the ring, which nobody uses yet. ${where}\n${wait}${left}`;
}

/**
 * The portal without its jobs: an operator's shell has neither the portal's address nor its settings for mail, and a look
 * must change nothing. What a command leaves to do is done by the portal.
 */
async function withPortal<T>(config: Config, work: (deps: Deps) => Promise<T>): Promise<T> {
  const { platform, close } = await composeDeno({
    ...config,
    MIGRATE: false,
    PUBLIC_URL: config.PUBLIC_URL ?? 'http://localhost',
  });
  try {
    return await work(platform.deps);
  } finally {
    await close();
  }
}

async function run(arguments_: string[]): Promise<string> {
  const { values, positionals } = readArguments(arguments_);
  const [command, what] = positionals;
  if (values.help === true || command === undefined || command === 'help') return HELP.trimEnd();
  const commands: Readonly<Record<string, (config: Config) => Promise<string>>> = {
    'create-admin': (config) => withPortal(config, (deps) => createAdmin(deps, values)),
    unlock: (config) => withPortal(config, (deps) => unlock(deps, values)),
    'reset-factors': (config) => withPortal(config, (deps) => resetFactors(deps, values)),
    sessions: (config) => withPortal(config, (deps) => sessions(deps, values)),
    'rotate-keys': (config) => rotate(config, what),
    audit: (config) => withPortal(config, (deps) => audit(deps, what)),
    retention: (config) => withPortal(config, (deps) => retention(deps, values['dry-run'] === true)),
  };
  const chosen = Object.hasOwn(commands, command) ? commands[command] : undefined;
  if (chosen === undefined) throw new Refused(`there is no command ${command}. See --help`);
  if (!['rotate-keys', 'retention', 'audit'].includes(command)) address(values);
  const config = parseConfig(
    Object.fromEntries(VARIABLES.map((name) => [name, Deno.env.get(name)]).filter(([name]) => !isFirstAdmin(name))),
    'deno',
  );
  // Over a server the portal may go on.
  const lock = config.mode === 'embedded' ? await lockDataDir(config.DATA_DIR) : undefined;
  try {
    return await chosen(config);
  } finally {
    lock?.close();
  }
}

/** Here `ADMIN_PASSWORD` is the new administrator's, and goes without `ADMIN_EMAIL`. */
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
