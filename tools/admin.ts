/** The operators' command line, over the same use cases as the API. Runs under Deno: `npm run admin -- --help`. */
import { parseArgs } from 'node:util';
import { toBase64Url } from '../domain/shared/bytes.ts';
import { formatInstant } from '../domain/shared/time.ts';
import type { Deps } from '../src/app/context.ts';
import { checkPassword, provisionUser } from '../src/app/identity/accounts.ts';
import { unlockAccount } from '../src/app/identity/administration.ts';
import { systemContext } from '../src/app/identity/first-admin.ts';
import { recordRotation, rewrapDataKeys } from '../src/app/identity/rotate-keys.ts';
import { applyRetention } from '../src/app/privacy/retention.ts';
import { composeDeno } from '../src/compose/deno.ts';
import { replaceSecrets, storedSecrets, withFreshKey } from '../src/compose/secrets.ts';
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
  sessions --email <address>
      Lists where somebody is signed in.
  rotate-keys token|field
      token: puts a fresh signing key in front; tokens signed before stay valid until they expire.
      field: puts a fresh key in front of the ring and wraps every person's data key by it.
      Where TOKEN_KEYS or FIELD_KEYS are set in the environment, the command shows the new value to set instead;
      for field keys run it again afterwards, and it wraps the data keys.
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
  if (existing !== undefined) throw new Refused(`${email} has an account already (${existing.role})`);
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
  const result = await unlockAccount(deps, systemContext(deps), email);
  if (!result.ok) throw new Refused(`${email}: ${result.error.code === 'not_found' ? 'no such account' : 'try again'}`);
  return `Unlocked ${email}.`;
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

async function retention(deps: Deps, isDryRun: boolean): Promise<string> {
  const { overdue, isDone } = await applyRetention(deps, systemContext(deps), { dryRun: isDryRun });
  const lines = Object.entries(overdue).map(([kind, count]) => `${kind}  ${count}`);
  if (isDryRun) return ['Would delete:', ...lines].join('\n');
  return [isDone ? 'Deleted:' : 'Deleted a part of this; run it again for the rest:', ...lines].join('\n');
}

/** @returns what to say when the keys are the environment's, where this command cannot put them */
async function freshKeys(config: Config, which: 'token' | 'field'): Promise<string | undefined> {
  const name = which === 'token' ? 'TOKEN_KEYS' : 'FIELD_KEYS';
  const set = config[name];
  if (set === undefined) {
    const secrets = await storedSecrets(config.DATA_DIR);
    await replaceSecrets(config.DATA_DIR, await withFreshKey(secrets, which));
    return undefined;
  }
  const none = { TOKEN_KEYS: '[]', FIELD_KEYS: '[]', INDEX_KEY: '', CHECKPOINT_KEYS: '[]' };
  const fresh = await withFreshKey({ ...none, [name]: set }, which);
  return `${name} is set in the environment. Set it to this, and restart the portal:\n${fresh[name]}`;
}

async function rotate(config: Config, which: string | undefined): Promise<string> {
  if (which !== 'token' && which !== 'field') throw new Refused('rotate-keys needs one of: token, field');
  const isGenerated = (which === 'token' ? config.TOKEN_KEYS : config.FIELD_KEYS) === undefined;
  // The environment's ring may be new already; then there is something to wrap, and nothing to make.
  if (!isGenerated && which === 'field') {
    const count = await withPortal(config, (deps) => rewrapDataKeys(deps, systemContext(deps)));
    if (count > 0) return `Wrapped ${count} data keys by the current key.`;
  }
  const advice = await freshKeys(config, which);
  if (advice !== undefined) return advice;
  if (which === 'token') {
    await withPortal(config, (deps) => recordRotation(deps, systemContext(deps), 'token_keys.rotated'));
    return 'A fresh key signs access tokens from the next start on; the one before still verifies.';
  }
  const count = await withPortal(config, (deps) => rewrapDataKeys(deps, systemContext(deps)));
  return `A fresh key wraps ${count} data keys. Keep the older ones: the audit log needs them.`;
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

/** Two processes on one embedded database would destroy it. */
async function lockDataDir(config: Config): Promise<Deno.FsFile> {
  await Deno.mkdir(config.DATA_DIR, { recursive: true, mode: 0o700 });
  const file = await Deno.open(`${config.DATA_DIR}/lock`, { create: true, write: true });
  if (config.mode === 'embedded' && !(await file.tryLock(true))) {
    throw new Refused(`${config.DATA_DIR} is in use by a running portal. Stop it first, or set DATA_DIR`);
  }
  return file;
}

async function run(arguments_: string[]): Promise<string> {
  const { values, positionals } = readArguments(arguments_);
  const [command, what] = positionals;
  if (values.help === true || command === undefined || command === 'help') return HELP.trimEnd();
  const commands: Readonly<Record<string, (config: Config) => Promise<string>>> = {
    'create-admin': (config) => withPortal(config, (deps) => createAdmin(deps, values)),
    unlock: (config) => withPortal(config, (deps) => unlock(deps, values)),
    sessions: (config) => withPortal(config, (deps) => sessions(deps, values)),
    'rotate-keys': (config) => rotate(config, what),
    retention: (config) => withPortal(config, (deps) => retention(deps, values['dry-run'] === true)),
  };
  const chosen = Object.hasOwn(commands, command) ? commands[command] : undefined;
  if (chosen === undefined) throw new Refused(`there is no command ${command}. See --help`);
  if (command !== 'rotate-keys' && command !== 'retention') address(values);
  const config = parseConfig(
    Object.fromEntries(VARIABLES.map((name) => [name, Deno.env.get(name)]).filter(([name]) => !isFirstAdmin(name))),
    'deno',
  );
  const lock = await lockDataDir(config);
  try {
    return await chosen(config);
  } finally {
    lock.close();
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
