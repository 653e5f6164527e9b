/** Key rotation for operators: each run does the next step that is safe while instances run, and reports it. */
import type { Reindexed } from '../adapters/postgres/sealed/reindex.ts';
import type { Deps } from '../src/app/context.ts';
import { systemContext } from '../src/app/identity/first-admin.ts';
import { currentRingKey, recordRotation, rewrapDataKeys } from '../src/app/identity/rotate-keys.ts';
import {
  isPublished,
  onlyIndexKey,
  promoteKey,
  publishKey,
  type Ring,
  retirableKeys,
  retireKeys,
} from '../src/compose/key-rotation.ts';
import { readSecrets, replaceSecrets } from '../src/compose/secrets.ts';
import type { Config } from '../src/config.ts';

/** Runs work with the portal's database. */
export type WithPortal = <T>(
  config: Config,
  work: (deps: Deps, renewIndexes: () => Promise<Reindexed>) => Promise<T>,
) => Promise<T>;

/** A mistake in the command line, shown without a stack. */
export class Refused extends Error {
  override readonly name = 'Refused';
}

export const RINGS = { token: 'TOKEN_KEYS', field: 'FIELD_KEYS', index: 'INDEX_KEY' } as const;
export type Which = keyof typeof RINGS;

const KEEP_OLDER =
  'Keep the older keys until the last backup from before has expired (35 days); then run this with --retire (ADR 0109).';

async function currentRing(config: Config, name: Ring): Promise<string> {
  const ring = config[name] ?? (await readSecrets(config.DATA_DIR))[name];
  if (ring === undefined) throw new Refused(`${name} is not set, and ${config.DATA_DIR} holds none`);
  return ring;
}

/** Stores a ring where the portal finds it, or tells the operator where to set it. */
async function setRing(config: Config, name: Ring, ring: string): Promise<string> {
  if (config[name] !== undefined) return `Set ${name} to this and restart the portal, everywhere:\n${ring}`;
  await replaceSecrets(config.DATA_DIR, { ...(await readSecrets(config.DATA_DIR)), [name]: ring });
  return `It is in ${config.DATA_DIR}/secrets.json: restart the portal, everywhere.`;
}

async function wrapKeys(
  config: Config,
  withPortal: WithPortal,
): Promise<{ readonly count: number; readonly told: string }> {
  const { wrapped, unopened } = await withPortal(config, (deps) => rewrapDataKeys(deps, systemContext(deps)));
  const left = `\n${unopened.length} could not be opened and were left as they are: ${unopened.join(', ')}`;
  return { count: wrapped, told: unopened.length === 0 ? '' : left };
}

const AFTER = {
  field: 'it wraps the data keys by it',
  index: 'it stores every index anew under it, and drops the key before',
} as const;

async function renewIndexes(
  config: Config,
  withPortal: WithPortal,
): Promise<{ readonly renewed: number; readonly told: string }> {
  const { renewed, unopened } = await withPortal(config, async (deps, renew) => {
    const done = await renew();
    await recordRotation(deps, systemContext(deps), 'index_key.rotated');
    return done;
  });
  const left = `\n${unopened.length} could not be opened and are not found any more: ${unopened.join(', ')}`;
  return { renewed, told: unopened.length === 0 ? '' : left };
}

/** Only counters of failed sign-ins, which expire, are still stored under the previous keys. */
async function dropFormerIndexKeys(config: Config): Promise<string> {
  const ring = await currentRing(config, 'INDEX_KEY');
  return setRing(config, 'INDEX_KEY', onlyIndexKey(ring) ?? ring);
}

/** Does the next step that is safe while instances run, and reports it. */
export async function rotateKeys(config: Config, which: Which, withPortal: WithPortal): Promise<string> {
  const name = RINGS[which];
  const ring = await currentRing(config, name);
  const record = () => withPortal(config, (deps) => recordRotation(deps, systemContext(deps), 'token_keys.rotated'));
  // The embedded portal is one process, which is stopped: no instance uses the previous ring.
  if (config.mode === 'embedded' && config[name] === undefined) {
    const fresh = isPublished(ring) ? ring : await publishKey(name, ring);
    await setRing(config, name, promoteKey(name, fresh));
    if (which === 'field') {
      const { count, told } = await wrapKeys(config, withPortal);
      return `A fresh key wraps ${count} data keys. ${KEEP_OLDER}${told}`;
    }
    if (which === 'index') {
      const { renewed, told } = await renewIndexes(config, withPortal);
      await dropFormerIndexKeys(config);
      return `${renewed} entries of the index are under a fresh key, and the one before is gone.${told}`;
    }
    await record();
    return 'A fresh key signs access tokens from the next start on; the one before still verifies.';
  }
  const steps = which === 'token' ? 2 : 3;
  if (isPublished(ring)) {
    const where = await setRing(config, name, promoteKey(name, ring));
    if (which === 'token') await record();
    const then = which === 'token' ? '' : `\nThen run this again: ${AFTER[which]}.`;
    return `Step 2 of ${steps}: the new key is the first of the ring. ${where}${then}`;
  }
  let left = '';
  if (which === 'field') {
    const { count, told } = await wrapKeys(config, withPortal);
    if (count > 0) return `Step 3 of 3: wrapped ${count} data keys by the current key. ${KEEP_OLDER}${told}`;
    left = told;
  }
  if (which === 'index' && onlyIndexKey(ring) !== undefined) {
    const { renewed, told } = await renewIndexes(config, withPortal);
    const where = await dropFormerIndexKeys(config);
    return `Step 3 of 3: ${renewed} entries of the index are under the current key. ${where}${told}`;
  }
  const where = await setRing(config, name, await publishKey(name, ring));
  const wait = 'Run this again when every instance runs with it, and not before.';
  return `Step 1 of ${steps}: there is a new key at the end of the ring, which nobody uses yet. ${where}\n${wait}${left}`;
}

/** Removes the previous field keys from the ring, once they wrap nothing. */
export async function retireFieldKeys(config: Config, which: Which, withPortal: WithPortal): Promise<string> {
  if (which !== 'field') throw new Refused('--retire goes with: rotate-keys field');
  const ring = await currentRing(config, 'FIELD_KEYS');
  const ids = retirableKeys(ring);
  if (ids.length === 0) return 'There is no older field key to retire.';
  const isInUse = await withPortal(config, async (deps) => {
    const [left] = await deps.database.load(deps.loads.identity.dataKeysNotUnder(currentRingKey(deps), null, 1));
    if (left.length === 0) await recordRotation(deps, systemContext(deps), 'field_keys.retired');
    return left.length > 0;
  });
  if (isInUse) {
    throw new Refused('data keys are still wrapped by an older key: run rotate-keys field until none is left');
  }
  const where = await setRing(config, 'FIELD_KEYS', retireKeys(ring));
  return (
    `Retired ${ids.join(', ')}. ${where}\nDestroy every copy of them, and every archive of secrets that holds them: ` +
    'backups from before are useless then.'
  );
}
