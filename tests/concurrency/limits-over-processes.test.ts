/** R33: limits, blocks and trusted networks that several processes share. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { generateIndexKey } from '../../adapters/crypto/blind-index.ts';
import { generateCheckpointSeed } from '../../adapters/crypto/checkpoint-signer.ts';
import { generateFieldKey } from '../../adapters/crypto/field-cipher.ts';
import { generateTokenKey } from '../../adapters/crypto/token-keys.ts';
import { startUpstash } from '../../tools/cloud/upstash.ts';
import { redisKeys } from '../contract/redis.ts';
import { type PortalProcess, startProcess } from '../runtime/deno-process.ts';
import { freshDatabase } from '../support/postgres.ts';
import { databaseUrl, needsPostgres, needsRedis, redisUrl, required } from '../tools/services.ts';

const FIXTURE = fileURLToPath(new URL('limiter-process.fixture.ts', import.meta.url));
const LIMIT = 20;

function lines({ stdout, stderr }: ChildProcessWithoutNullStreams) {
  let text = '';
  let errors = '';
  stdout.on('data', (chunk) => {
    text += chunk;
  });
  stderr.on('data', (chunk) => {
    errors += chunk;
  });
  return async (index: number): Promise<string> => {
    for (;;) {
      const found = text.split('\n');
      if (found.length > index + 1) return found[index] ?? '';
      if (errors.includes('Error')) throw new Error(errors);
      await new Promise((wake) => setTimeout(wake, 20));
    }
  };
}

describe.skipIf(redisUrl === undefined)(`R33: two processes${needsRedis}`, () => {
  /** How many of 10 N uses, half of them by each process, were allowed. */
  async function allowed(kind: 'redis' | 'upstash', url: string): Promise<number> {
    const keys = redisKeys(required(redisUrl));
    const children = [1, 2].map(() =>
      spawn(process.execPath, [FIXTURE, kind, url, keys.prefix, String(5 * LIMIT), String(LIMIT)]),
    );
    const outputs = children.map(lines);
    await Promise.all(outputs.map((line) => line(0)));
    for (const { stdin } of children) stdin.write('go\n');
    const counted = await Promise.all(outputs.map((line) => line(1)));
    await keys.forget();
    return counted.map(Number).reduce((sum, each) => sum + each, 0);
  }

  test(`let exactly ${LIMIT} of ${10 * LIMIT} parallel uses through, over Redis`, async () => {
    expect(await allowed('redis', required(redisUrl))).toBe(LIMIT);
  });

  test(`let exactly ${LIMIT} of ${10 * LIMIT} parallel uses through, over Upstash’s interface`, async () => {
    const server = await startUpstash({ redisUrl: required(redisUrl), token: 'a-token-for-tests' });
    expect(await allowed('upstash', server.url)).toBe(LIMIT);
    await server.close();
  });
});

const ADMIN = { email: 'admin@clinic.example', password: 'seven green lanterns 41' };
const HOUR = 3_600_000;

describe.skipIf(databaseUrl === undefined || redisUrl === undefined)(
  `two portals on one database and one Redis${needsPostgres}${needsRedis}`,
  () => {
    let database: { readonly url: string; drop(): Promise<void> };
    let dataDir: string;
    let portals: readonly [PortalProcess, PortalProcess];
    let token: string;

    beforeAll(async () => {
      database = await freshDatabase();
      dataDir = await mkdtemp(`${tmpdir()}/portal-limits-`);
      const settings = {
        TOKEN_KEYS: JSON.stringify([await generateTokenKey()]),
        FIELD_KEYS: JSON.stringify([generateFieldKey('test')]),
        INDEX_KEY: generateIndexKey(),
        CHECKPOINT_KEYS: JSON.stringify([generateCheckpointSeed()]),
        DATABASE_URL: database.url,
        REDIS_URL: required(redisUrl),
        ADMIN_EMAIL: ADMIN.email,
        ADMIN_PASSWORD: ADMIN.password,
        MFA_REQUIRED_ROLES: '',
        TRUSTED_PROXY_HEADER: 'X-Forwarded-For',
        // An administrator has 12,000 requests an hour: here 24.
        RATE_LIMIT_FACTOR: '0.002',
        // A crowd at once on a busy machine is not refused for overload, which would hide how many the limit lets through.
        SHED_AFTER_MS: '0',
      };
      const start = (name: string) => startProcess({ ...settings, DATA_DIR: `${dataDir}/${name}` });
      portals = [await start('one'), await start('two')];
    }, 60_000);
    afterAll(async () => {
      await Promise.all(portals.map((portal) => portal.stop()));
      await database.drop();
      await rm(dataDir, { recursive: true, force: true });
    });

    const ask = (portal: PortalProcess, path: string, from: string, init: RequestInit = {}) =>
      fetch(`${portal.url}/api/v1${path}`, { ...init, headers: { 'X-Forwarded-For': from, ...init.headers } });
    const signIn = async (from: string): Promise<string> => {
      const reply = await ask(portals[0], '/auth/login', from, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify(ADMIN),
      });
      expect(reply.status).toBe(200);
      return ((await reply.json()) as { accessToken: string }).accessToken;
    };

    test('R33: let exactly 24 of 240 parallel requests of one person through', async () => {
      const hour = Math.floor(Date.now() / HOUR);
      token = await signIn('198.51.100.1');
      const headers = { Authorization: `Bearer ${token}` };
      const replies = await Promise.all(
        Array.from({ length: 240 }, (_, n) =>
          ask(portals[n % 2 === 0 ? 0 : 1], '/users/me', '198.51.100.1', { headers }),
        ),
      );
      const passed = replies.filter(({ status }) => status === 200).length;
      // Of two hours it would be more.
      if (Math.floor(Date.now() / HOUR) === hour) expect(passed).toBe(24);
      expect(replies.filter(({ status }) => status === 429)).toHaveLength(240 - passed);
      expect(replies.find(({ status }) => status === 429)?.headers.get('ratelimit')).toMatch(/^"admin";r=0;t=\d+$/);
    });

    test('a block that one makes is known to the other with its next request', async () => {
      const from = '198.51.100.99';
      const guess = (portal: PortalProcess) =>
        ask(portal, '/users/me', from, { headers: { Authorization: 'Bearer x.y.z' } });
      // One strike blocks: the limit of strikes is one under this factor. It is counted after the answer.
      expect((await guess(portals[0])).status).toBe(401);
      const code = async (portal: PortalProcess) =>
        ((await (await ask(portal, '/clinic', from)).json()) as { code?: string }).code;
      await expect.poll(() => code(portals[0]), { timeout: 10_000 }).toBe('address_blocked');
      expect(await code(portals[1])).toBe('address_blocked');
    });
  },
);
