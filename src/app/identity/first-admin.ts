/** The first administrator of an empty database. */
import { type Context, type Deps, newId } from '../context.ts';
import { tryToProvision } from './accounts.ts';

export function systemContext(deps: Pick<Deps, 'clock' | 'random'>): Context {
  const now = deps.clock.now();
  return {
    actor: { kind: 'system' },
    now,
    requestId: newId<'request'>(deps, now),
    ip: null,
    userAgent: null,
    idempotency: null,
  };
}

/** @returns whether one was created now. If two processes start at once, one creates it, the other finds it, and both continue. */
export async function ensureFirstAdmin(
  deps: Deps,
  settings: { readonly ADMIN_EMAIL?: string | undefined; readonly ADMIN_PASSWORD?: string | undefined },
): Promise<boolean> {
  const { ADMIN_EMAIL: email, ADMIN_PASSWORD: password } = settings;
  if (email === undefined || password === undefined) return false;
  const [anyUser] = await deps.database.load(deps.loads.identity.anyUser());
  if (anyUser !== undefined) return false;
  await tryToProvision(deps, systemContext(deps), {
    email: email.normalize('NFC').trim().toLowerCase(),
    password,
    firstName: 'First',
    lastName: 'Administrator',
    dateOfBirth: null,
    phoneNumber: null,
    timezone: 'UTC',
    language: 'en',
    role: 'admin',
    doctor: null,
  });
  return true;
}
