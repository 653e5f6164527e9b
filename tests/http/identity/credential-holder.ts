/** Creates an account with one credential of each kind, to test what revokes them. */
import { expect } from 'vitest';
import { sql } from '../../../adapters/postgres/driver/sql.ts';
import type { TrustedDeviceId } from '../../../domain/mfa/trusted-device.ts';
import { hashDeviceToken } from '../../../domain/mfa/trusted-device.ts';
import { decided } from '../../../domain/shared/changes.ts';
import type { SessionId, UserId } from '../../../domain/shared/ids.ts';
import { commit } from '../../../src/app/command.ts';
import { newId } from '../../../src/app/context.ts';
import { systemContext } from '../../../src/app/identity/first-admin.ts';
import type { Portal } from '../../support/portal.ts';
import { browserBody } from '../../support/push-devices.ts';
import { uploadText } from '../../support/upload.ts';
import { enrol, logIn, mailTo, signInFully } from './support.ts';

/** An account with one credential of each kind, created in the session `own`, and another session, `other`. */
export interface Holder {
  readonly id: UserId;
  readonly email: string;
  readonly own: Tokens;
  readonly other: Tokens;
  readonly secret: string | null;
  readonly apiKey: string;
  readonly feed: string;
  readonly deviceToken: string;
  readonly exportFile: string;
  /** Of a file of the account with a doctor. */
  readonly shareId: string;
  /** Opens a file of the account. */
  readonly downloadLink: string;
  /** Mailed to the account's address. */
  readonly resetToken: string;
  /** Mailed to the new address of a pending change. */
  readonly changeToken: string | undefined;
}
export interface Tokens {
  readonly accessToken: string;
  readonly refreshToken: string;
  readonly sessionId: SessionId;
}

/** @param name of the account, which is new */
export async function credentialHolder(portal: Portal, name: string, withFactor: boolean): Promise<Holder> {
  const call = (method: string, path: string, token?: string, body?: unknown) =>
    portal.request(method, `/api/v1${path}`, { token, body });
  const { id, email } = await portal.person('patient', name);
  const who = withFactor ? await enrol(portal, email) : null;
  const signIn = async () =>
    (who === null ? await logIn(portal, email) : await signInFully(portal, who)).body as Tokens;
  const other = await signIn();
  const own = await signIn();
  const scopes = ['read:own_profile'];
  const apiKey = await call('POST', '/api-keys', own.accessToken, { name: 'sync', scopes });
  const feed = await call('POST', '/calendar/feeds', own.accessToken);
  const asked = await call('POST', '/privacy/exports', own.accessToken);
  const moving = await call('POST', `/users/${id}/email`, own.accessToken, { email: `thief-of-${email}` });
  const proxy = await call('POST', '/proxies', own.accessToken, { email: `carer-of-${email}`, ground: 'carer' });
  const [mine, theirs] = await Promise.all(
    [own, other].map(({ accessToken, sessionId }) =>
      call('POST', '/notifications/push-subscriptions', accessToken, browserBody(sessionId)),
    ),
  );
  const statuses = [apiKey, feed, asked, moving, proxy, mine, theirs].map((reply) => reply?.status);
  expect(statuses).toEqual([201, 201, 202, 202, 201, 201, 201]);
  const file = await uploadText(portal, own.accessToken);
  await call('POST', '/auth/forgot-password', undefined, { email });
  await portal.mails();
  const doctor = await portal.person('doctor', `doctor-of-${name}`);
  const share = await call('POST', `/files/${file}/share`, own.accessToken, { userId: doctor.id });
  const link = await call('POST', `/files/${file}/download-link`, own.accessToken);
  const deviceToken = `device ${id}`;
  await trust(portal, id as UserId, deviceToken);
  const [[stored] = []] = await portal.driver.run(
    [sql`SELECT file_key FROM data_exports WHERE id = ${asked.body.id}::uuid`],
    'snapshot',
  );
  return {
    id: id as UserId,
    email,
    own,
    other,
    secret: who?.secret ?? null,
    apiKey: apiKey.body.key,
    feed: new URL(feed.body.url).pathname,
    deviceToken,
    exportFile: stored?.file_key as string,
    shareId: share.body.id,
    downloadLink: link.body.url,
    resetToken: (await mailTo(portal, email, 'password-reset')).codes[0] ?? '',
    changeToken: (await mailTo(portal, `thief-of-${email}`, 'confirm-email-change')).codes[0],
  };
}

/** Trusts a device, also on an account without a factor, where a former one left it. */
async function trust(portal: Portal, userId: UserId, token: string): Promise<void> {
  const { deps, clock } = portal;
  const [dataKey] = await deps.database.load(deps.loads.identity.dataKey(userId));
  if (dataKey === undefined) throw new Error('nobody');
  const now = clock.now();
  const device = {
    id: newId<'trusted_device'>(deps, now) as TrustedDeviceId,
    userId,
    tokenHash: hashDeviceToken(token),
    name: 'Laptop',
    createdAt: now,
    lastUsedAt: now,
    expiresAt: now + 86_400_000,
    revokedAt: null,
  };
  const changes = [{ type: 'trusted_device.added', device, dataKey } as const];
  await commit(deps, systemContext(deps), decided({ value: undefined, changes, audit: [] }));
}
