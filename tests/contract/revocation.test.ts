import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SqlDriver } from '../../adapters/postgres/driver/driver.ts';
import { sql } from '../../adapters/postgres/driver/sql.ts';
import { revocation, STORED_IN } from '../../adapters/postgres/identity/revocation.ts';
import type { SessionId, UserId } from '../../domain/shared/ids.ts';
import {
  CREDENTIALS,
  type Credential,
  effectOf,
  RECOVERY_ACTIONS,
  type RecoveryAction,
  revokeCredentials,
} from '../../domain/shared/revocation.ts';
import { MADE_BY } from '../../src/app/credential-changes.ts';
import { revocationTable } from '../../tools/revocation-table.ts';
import { testDatabase } from '../support/test-database.ts';

/** Tables with secrets that give no later access, and why. */
const NO_CREDENTIAL: Readonly<Record<string, string>> = {
  users: 'the password itself, and its index of addresses',
  mfa_enrolments: 'a factor beside the password',
  mfa_backup_codes: 'a factor beside the password',
  mfa_challenges: 'five minutes',
  confirmation_links: 'confirms one appointment, once: ends with a move, a cancellation and the start',
};

let driver: SqlDriver;
beforeAll(async () => {
  ({ driver } = await testDatabase());
});
afterAll(() => driver.close());

describe('the revocation matrix (R64)', () => {
  it('R64: every table that stores the hash of a secret is a credential of the matrix, or is listed with a reason', async () => {
    const [found = []] = await driver.run(
      [
        sql`SELECT DISTINCT table_name FROM information_schema.columns
            WHERE table_schema = 'public' AND column_name ~ '(token|secret|key|code|browser|password|sms)_?(hash)$'`,
      ],
      'snapshot',
    );
    const known = new Set([...Object.values(STORED_IN), ...Object.keys(NO_CREDENTIAL)]);
    expect(found.map(({ table_name }) => table_name).filter((name) => !known.has(name as string))).toEqual([]);
  });

  it('R64: a credential that is not built yet has no table; once it has one, the matrix must name it', async () => {
    const unbuilt = CREDENTIALS.filter((credential) => STORED_IN[credential] === null);
    expect(unbuilt).toEqual(['linked_identity', 'passkey', 'live_connection']);
    const [found = []] = await driver.run(
      [
        sql`SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'
              AND table_name ~ '(signed_url|linked_identit|passkey|webauthn|connection|socket)'`,
      ],
      'snapshot',
    );
    expect(found).toEqual([]);
  });

  it('R64: each effect except `kept` has its statement, for each stored credential', () => {
    const change = (action: (typeof RECOVERY_ACTIONS)[number]) =>
      revokeCredentials(action, '0199f3c2-8c1a-7d55-9a4e-2f6b1c0d9e8f' as UserId, 's' as SessionId, 0);
    for (const action of RECOVERY_ACTIONS) {
      const written = revocation(change(action))
        .map(({ text }) => text)
        .join('\n');
      for (const credential of CREDENTIALS) {
        const table = STORED_IN[credential];
        // A refresh token is valid only as long as its session.
        if (table === null || credential === 'refresh_family') continue;
        expect([action, credential, written.includes(table)]).toEqual([
          action,
          credential,
          effectOf(action, credential) !== 'kept',
        ]);
      }
      expect([action, effectOf(action, 'refresh_family')]).toEqual([action, effectOf(action, 'session')]);
    }
  });

  it('R64: each stored credential is created by changes that check the session once more', async () => {
    const folder = new URL('../../adapters/postgres/', import.meta.url);
    const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
    // A writer starts with the name of its change and ends where the next one starts.
    const writers = files.flatMap((name) => readFileSync(new URL(name, folder), 'utf8').split(/^ {2}(?=')/m));
    for (const credential of CREDENTIALS) {
      const table = STORED_IN[credential];
      expect([credential, MADE_BY[credential].length > 0]).toEqual([credential, table !== null]);
      if (table === null) continue;
      const inserts = new RegExp(`INSERT INTO ${table}\\b`);
      const making = writers.filter((text) => inserts.test(text)).map((text) => /^'([^']+)'/.exec(text)?.[1] ?? text);
      expect(making.length).toBeGreaterThan(0);
      expect([credential, making.filter((type) => !(MADE_BY[credential] as readonly string[]).includes(type))]).toEqual(
        [credential, []],
      );
    }
  });

  it('R64: whoever takes an account back ends what somebody else may have made in it', () => {
    const lasting: readonly Credential[] = ['trusted_device', 'api_key', 'calendar_feed', 'download_link', 'share'];
    const takenBack: readonly RecoveryAction[] = [
      'password_changed',
      'password_reset',
      'signed_out_everywhere',
      'factors_reset',
      'role_changed',
      'email_restored',
      'account_closed',
    ];
    const left = takenBack.flatMap((action) =>
      lasting.filter((credential) => effectOf(action, credential) !== 'ends').map((credential) => [action, credential]),
    );
    expect(left).toEqual([]);
    // A restriction of processing leaves the person in the account; everything else ends the sessions of others.
    expect(RECOVERY_ACTIONS.filter((action) => effectOf(action, 'session') === 'kept')).toEqual(['account_restricted']);
  });

  it('R64: the documentation shows the same matrix', () => {
    const documented = readFileSync(new URL('../../docs/revocation.md', import.meta.url), 'utf8');
    expect(documented).toBe(revocationTable());
  });
});
