import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sql } from '../../../adapters/postgres/driver/sql.ts';
import { hashToken } from '../../../domain/identity/one-time-token.ts';
import { hashDeviceToken } from '../../../domain/mfa/trusted-device.ts';
import { decided } from '../../../domain/shared/changes.ts';
import {
  CREDENTIALS,
  type Credential,
  type Effect,
  effectOf,
  RECOVERY_ACTIONS,
  type RecoveryAction,
  revokeCredentials,
} from '../../../domain/shared/revocation.ts';
import { commit } from '../../../src/app/command.ts';
import { systemContext } from '../../../src/app/identity/first-admin.ts';
import { PASSWORD, type Portal, startPortal } from '../../support/portal.ts';
import { credentialHolder, type Holder } from './credential-holder.ts';
import { codeOf, logIn, mailTo } from './support.ts';

const NEW_PASSWORD = 'nine herons over the weir 7';

let portal: Portal;
let admin: string;
let count = 0;
beforeAll(async () => {
  portal = await startPortal();
  await portal.person('admin', 'keeper');
});
afterAll(() => portal.close());

const holder = (withFactor: boolean) => credentialHolder(portal, `holder${++count}`, withFactor);
const call = (method: string, path: string, token?: string, body?: unknown) =>
  portal.request(method, `/api/v1${path}`, { token, body });

/** Commits the change of an action for which there is no command yet. */
const asChange = (action: RecoveryAction) => async (who: Holder) => {
  const { deps, clock } = portal;
  const changes = [revokeCredentials(action, who.id, who.own.sessionId, clock.now())];
  await commit(deps, systemContext(deps), decided({ value: undefined, changes, audit: [] }));
  return { status: 200 };
};

const code = (who: Holder) => codeOf(who.secret ?? '', portal.clock.now());

/** Performs each action. `true`: the account has a second factor. */
const PERFORM: Readonly<Record<RecoveryAction, readonly [boolean, (who: Holder) => Promise<{ status: number }>]>> = {
  password_changed: [
    false,
    ({ own }) =>
      call('POST', '/auth/change-password', own.accessToken, { currentPassword: PASSWORD, newPassword: NEW_PASSWORD }),
  ],
  password_reset: [
    false,
    async ({ email }) => {
      await call('POST', '/auth/forgot-password', undefined, { email });
      const [token] = (await mailTo(portal, email, 'password-reset')).codes;
      return call('POST', '/auth/reset-password', undefined, { token, newPassword: NEW_PASSWORD });
    },
  ],
  signed_out_everywhere: [true, ({ own }) => call('POST', '/auth/logout-all', own.accessToken)],
  factor_enrolled: [
    false,
    async ({ own }) => {
      const { secret } = (await call('POST', '/mfa/setup', own.accessToken)).body;
      return call('POST', '/mfa/enable', own.accessToken, { token: codeOf(secret, portal.clock.now()) });
    },
  ],
  factors_changed: [
    true,
    (who) => call('POST', '/mfa/backup-codes/regenerate', who.own.accessToken, { token: code(who) }),
  ],
  factors_disabled: [
    true,
    (who) => call('POST', '/mfa/disable', who.own.accessToken, { password: PASSWORD, token: code(who) }),
  ],
  factors_reset: [true, ({ id }) => call('DELETE', `/users/${id}/mfa`, admin)],
  role_changed: [true, ({ id }) => call('PUT', `/users/${id}/role`, admin, { role: 'staff' })],
  email_changed: [
    false,
    async (who) => {
      await call('POST', `/users/${who.id}/email`, who.own.accessToken, { email: `new-${who.email}` });
      const [token] = (await mailTo(portal, `new-${who.email}`, 'confirm-email-change')).codes;
      return call('POST', '/auth/confirm-email-change', undefined, { token });
    },
  ],
  email_restored: [
    false,
    async (who) => {
      await call('POST', `/users/${who.id}/email`, who.own.accessToken, { email: `new-${who.email}` });
      const [token] = (await mailTo(portal, who.email, 'email-change-requested')).codes;
      return call('POST', '/auth/restore-email', undefined, { token });
    },
  ],
  account_restricted: [false, asChange('account_restricted')],
  account_closed: [true, ({ id, own }) => call('DELETE', `/users/${id}`, own.accessToken)],
};

/** Tries each credential, in this order, because a refresh changes the session. `null`: the portal does not have the kind yet. */
const TRY: Readonly<Record<Credential, null | ((who: Holder) => Promise<Effect>)>> = {
  session: async ({ own, other }) => {
    const [mine, theirs] = await Promise.all(
      [own, other].map(async ({ accessToken }) => (await call('GET', '/users/me', accessToken)).status === 200),
    );
    return spared(mine, theirs);
  },
  refresh_family: async ({ own, other }) => {
    const [mine, theirs] = await Promise.all(
      [own, other].map(
        async ({ refreshToken }) =>
          (await call('POST', '/auth/refresh-token', undefined, { refreshToken })).status === 200,
      ),
    );
    return spared(mine, theirs);
  },
  trusted_device: async ({ deviceToken }) => {
    const hash = hashDeviceToken(deviceToken);
    const [found = []] = await portal.driver.run(
      [sql`SELECT 1 FROM trusted_devices WHERE token_hash = ${hash}::bytea AND revoked_at IS NULL`],
      'snapshot',
    );
    return found.length === 1 ? 'kept' : 'ends';
  },
  api_key: async ({ apiKey }) => {
    const reply = await portal.request('GET', '/api/v1/users/me', { headers: { 'X-API-Key': apiKey } });
    return reply.status === 200 ? 'kept' : 'ends';
  },
  calendar_feed: async ({ feed }) => ((await portal.request('GET', feed)).status === 200 ? 'kept' : 'ends'),
  export: async ({ id, exportFile }) => {
    await portal.mails();
    const [rows = []] = await portal.driver.run(
      [sql`SELECT 1 FROM data_exports WHERE user_id = ${id}::uuid AND status = 'ready'`],
      'snapshot',
    );
    const file = await portal.deps.files.get(`${exportFile}/contents`);
    expect(file !== undefined).toBe(rows.length === 1);
    return file === undefined ? 'ends' : 'kept';
  },
  // Looked up instead of used, because a reset would end the credentials that are tried after it.
  reset_link: async ({ resetToken }) => {
    const [found = []] = await portal.driver.run(
      [sql`SELECT 1 FROM one_time_tokens WHERE token_hash = ${hashToken(resetToken)}::bytea AND used_at IS NULL`],
      'snapshot',
    );
    return found.length === 1 ? 'kept' : 'ends';
  },
  // By the link that was mailed to the new address.
  email_change: async ({ changeToken }) => {
    const { status } = await call('POST', '/auth/confirm-email-change', undefined, { token: changeToken });
    return status < 300 ? 'kept' : 'ends';
  },
  download_link: async ({ downloadLink }) =>
    (await portal.fetch(new Request(downloadLink))).status === 200 ? 'kept' : 'ends',
  share: async ({ shareId }) => {
    const [found = []] = await portal.driver.run(
      [sql`SELECT 1 FROM file_shares WHERE id = ${shareId}::uuid AND revoked_at IS NULL`],
      'snapshot',
    );
    return found.length === 1 ? 'kept' : 'ends';
  },
  push_subscription: async ({ id, own, other }) => {
    const [found = []] = await portal.driver.run(
      [sql`SELECT session_id FROM push_subscriptions WHERE user_id = ${id}::uuid`],
      'snapshot',
    );
    const [mine, theirs] = [own, other].map(({ sessionId }) =>
      found.some(({ session_id }) => session_id === sessionId),
    );
    return spared(mine === true, theirs === true);
  },
  linked_identity: null,
  passkey: null,
  live_connection: null,
  proxy: async ({ id }) => {
    const [found = []] = await portal.driver.run(
      [sql`SELECT 1 FROM proxies WHERE patient_id = ${id}::uuid AND revoked_at IS NULL`],
      'snapshot',
    );
    return found.length === 1 ? 'kept' : 'ends';
  },
};

/** The change of address comes last: once it is confirmed, it ends others. */
const IN_ORDER = [...CREDENTIALS.filter((each) => each !== 'email_change'), 'email_change'] as const;

function spared(own: boolean | undefined, other: boolean | undefined): Effect {
  if (own === true) return other === true ? 'kept' : 'others_end';
  return other === true ? 'kept' : 'ends';
}

describe('the revocation matrix (R64)', () => {
  it.each(RECOVERY_ACTIONS)('R64: %s has the effect of the table on each credential', async (action) => {
    const [withFactor, perform] = PERFORM[action];
    const who = await holder(withFactor);
    admin = await portal.signIn('keeper@example.org');
    expect([200, 204]).toContain((await perform(who)).status);
    portal.clock.advance(5);
    for (const credential of IN_ORDER) {
      const attempt = TRY[credential];
      if (attempt === null) continue;
      expect([action, credential, await attempt(who)]).toEqual([action, credential, effectOf(action, credential)]);
    }
  });

  it('R64: credentials of other accounts are not affected', async () => {
    const [who, bystander] = [await holder(false), await holder(false)];
    expect((await PERFORM.password_reset[1](who)).status).toBe(204);
    portal.clock.advance(5);
    for (const credential of IN_ORDER) {
      const attempt = TRY[credential];
      if (attempt !== null) expect([credential, await attempt(bystander)]).toEqual([credential, 'kept']);
    }
  });
});

describe('long-lived credentials (R64)', () => {
  it('R64: creating one is reported by mail once, and it is listed', async () => {
    const { email, own, id } = await holder(false);
    const told = (await portal.mails(email)).filter(({ template }) => template === 'credential-made');
    expect(told.map(({ subject }) => subject).sort()).toEqual([
      'A calendar link was created for your account',
      'A copy of your data was requested',
      'A device gets push messages of your account now',
      'A device gets push messages of your account now',
      'An API key was created for your account',
    ]);
    expect((await call('GET', '/api-keys', own.accessToken)).body.data).toHaveLength(1);
    expect((await call('GET', '/calendar/feeds', own.accessToken)).body.data).toHaveLength(1);
    const exports = (await call('GET', '/privacy/exports', own.accessToken)).body.data;
    expect(exports).toMatchObject([{ status: 'ready' }]);
    const stranger = await portal.signIn((await portal.person('patient', `stranger-of-${id}`)).email);
    expect((await call('GET', '/privacy/exports', stranger)).body.data).toEqual([]);
  });

  it('R64: a repeated request sends no second mail', async () => {
    const { email } = await portal.person('patient', 'repeats');
    const token = await portal.signIn(email);
    const make = () =>
      portal.request('POST', '/api/v1/api-keys', {
        token,
        body: { name: 'sync', scopes: ['read:own_profile'] },
        headers: { 'Idempotency-Key': 'once' },
      });
    expect([(await make()).status, (await make()).status]).toEqual([201, 201]);
    const told = (await portal.mails(email)).filter(({ template }) => template === 'credential-made');
    expect(told).toHaveLength(1);
  });

  it('R64: the mail lists the credentials that must be created again', async () => {
    const who = await holder(false);
    await PERFORM.signed_out_everywhere[1](who);
    expect((await mailTo(portal, who.email, 'signed-out-everywhere')).text).toContain(
      'These no longer work: trusted devices, API keys, calendar links and copies of your data that are ready for download.',
    );
  });
});

describe('factors removed by the clinic (R64)', () => {
  it('R64: requires an administrator with a recent proof and another person’s account, and the owner is told', async () => {
    const who = await holder(true);
    const staff = await portal.signIn((await portal.person('staff', 'desk')).email);
    expect((await call('DELETE', `/users/${who.id}/mfa`, staff)).status).toBe(403);
    admin = await portal.signIn('keeper@example.org');
    const own = await portal.idOf('keeper@example.org');
    expect((await call('DELETE', `/users/${own}/mfa`, admin)).status).toBe(403);
    portal.clock.advance(301);
    expect((await call('DELETE', `/users/${who.id}/mfa`, admin)).body.code).toBe('step_up_required');
    admin = await portal.signIn('keeper@example.org');
    expect((await call('DELETE', `/users/${who.id}/mfa`, admin)).status).toBe(204);
    expect((await call('DELETE', `/users/${who.id}/mfa`, admin)).body.code).toBe('mfa_not_enabled');
    expect((await mailTo(portal, who.email, 'mfa-changed')).text).toContain('The clinic removed');
    expect((await logIn(portal, who.email)).body.accessToken).toBeDefined();
  });
});
