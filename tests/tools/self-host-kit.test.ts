import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { VARIABLES } from '../../src/config.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const read = (path: string) => readFile(`${ROOT}${path}`, 'utf8');

/** Read by a command and not by the portal. */
const OF_COMMANDS = ['MIGRATION_DATABASE_URL', 'APP_ROLE_PASSWORD'];
/** Of the images and runtimes. */
const OF_OTHERS = ['DENO_DIR', 'POSTGRES_USER', 'POSTGRES_PASSWORD', 'POSTGRES_DB', 'PORTAL_DOMAIN', 'PORTAL_UPSTREAM'];
const KNOWN: readonly string[] = [...VARIABLES, ...OF_COMMANDS, ...OF_OTHERS];

describe('the kit for self-hosting names what there is', () => {
  test('.env.example has every setting', async () => {
    const names = [...(await read('.env.example')).matchAll(/^#([A-Z_0-9]+)=/gm)].map(([, name]) => name);
    expect(names).toEqual(VARIABLES);
  });

  test.each([
    ['ops/compose.yaml', /^ {6}([A-Z_0-9]+): /gm],
    ['ops/patient-portal.service', /^Environment=([A-Z_0-9]+)=/gm],
    ['ops/Dockerfile', /\b([A-Z_0-9]+)=(?=[\w./]+)/g],
    ['ops/Caddyfile', /\{\$([A-Z_0-9]+)/g],
  ])('%s sets only variables that somebody reads', async (path, pattern) => {
    const names = [...(await read(path)).matchAll(pattern)].map(([, name]) => name ?? '');
    expect(names.length).toBeGreaterThan(1);
    expect(names.filter((name) => !KNOWN.includes(name))).toEqual([]);
  });

  test('nothing writes the addresses of calendar links to a log, and the database is asked where clients ask it', async () => {
    const caddy = await read('ops/Caddyfile');
    // A log within a site is an access log.
    expect(caddy).not.toMatch(/^\tlog\b(?![\s\S]*^\{\$)/m);
    for (const field of ['uri', 'headers', 'remote_ip']) expect(caddy).toContain(`request>${field} delete`);
    expect(caddy).toContain('health_uri /health/traffic');
    expect(await read('ops/compose.yaml')).toContain('"pg_isready", "--host", "127.0.0.1"');
  });

  test('the secrets of the Worker are settings, and all that it needs', async () => {
    const names = Object.keys(JSON.parse(await read('ops/wrangler-secrets.example.json')));
    expect(names.filter((name) => !(VARIABLES as readonly string[]).includes(name))).toEqual([]);
    for (const name of ['DATABASE_URL', 'FIELD_KEYS', 'QSTASH_NEXT_SIGNING_KEY', 'UPSTASH_REDIS_REST_TOKEN']) {
      expect(names).toContain(name);
    }
  });

  test('what is copied, run and mounted is there, and the versions of the runtimes are those of the project', async () => {
    const dockerfile = await read('ops/Dockerfile');
    const copied = [...dockerfile.matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(
      ([, names]) => names?.split(' ') ?? [],
    );
    const run = [...(await read('ops/patient-portal.service')).matchAll(/tools\/\S+\.ts/g)].map(([path]) => path);
    expect([...copied, ...run, 'ops/Caddyfile'].filter((path) => !existsSync(`${ROOT}${path}`))).toEqual([]);
    const context = (await read('.dockerignore')).split('\n').filter((line) => line.startsWith('!'));
    expect([...new Set(copied.map((path) => `!${path}`))].sort()).toEqual(context.sort());
    const { devDependencies } = JSON.parse(await read('package.json'));
    expect(dockerfile).toContain(`node:${devDependencies.node}-`);
    expect(dockerfile).toContain(`denoland/deno:debian-${devDependencies.deno}`);
    expect(devDependencies.node.startsWith(`${(await read('.nvmrc')).trim()}.`)).toBe(true);
  });
});
