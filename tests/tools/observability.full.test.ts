/** What promtool says of the alert rules, and that the cases of each rule can fail. */
import { spawnSync } from 'node:child_process';
import { cp, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { FOLDER, RULE_FILES, rules } from '../support/alert-rules.ts';

const promtool = (...args: string[]) => spawnSync('promtool', args, { encoding: 'utf8' });
const isInstalled = promtool('--version').status === 0;
const why = isInstalled ? '' : ' (skipped: promtool is not installed, Debian has it in the package prometheus)';

const alerts = rules.flatMap(({ alert }) => (alert === undefined ? [] : [alert]));
let copy: string;
beforeAll(async () => {
  copy = await mkdtemp(join(tmpdir(), 'rules-'));
  await cp(`${FOLDER}prometheus/tests`, join(copy, 'tests'), { recursive: true });
});
afterAll(() => rm(copy, { recursive: true }));

/** Runs the cases against the same alerts with another query. @returns the cases that fail, `PortalDown fires` */
async function failing(expr: string): Promise<string[]> {
  const replaced = { groups: [{ name: 'all', rules: alerts.map((alert) => ({ alert, expr })) }] };
  for (const name of RULE_FILES) await writeFile(join(copy, name), stringify({ groups: [] }));
  await writeFile(join(copy, 'slo.yaml'), stringify(replaced));
  const files = (await readdir(join(copy, 'tests'))).map((name) => join(copy, 'tests', name));
  const { stdout, stderr } = promtool('test', 'rules', ...files);
  const failures = `${stdout}${stderr}`.matchAll(/alertname=\\"(\w+)\\".*\n\s+exp: (.*)/g);
  return [...failures].map(([, alert, expected]) => `${alert} ${expected === 'nil' ? 'is quiet' : 'fires'}`);
}

describe.skipIf(!isInstalled)(`promtool${why}`, () => {
  test('takes the rules, and each fires and is quiet when its cases say so', async () => {
    const checked = promtool('check', 'rules', ...RULE_FILES.map((name) => `${FOLDER}prometheus/${name}`));
    expect(`${checked.stdout}${checked.stderr}`).not.toContain('FAILED');
    expect(checked.status).toBe(0);
    const files = (await readdir(`${FOLDER}prometheus/tests`)).map((name) => `${FOLDER}prometheus/tests/${name}`);
    const tested = promtool('test', 'rules', ...files);
    expect(`${tested.stdout}${tested.stderr}`).not.toContain('FAILED');
    expect(tested.status).toBe(0);
  });

  test.each([
    ['always', 'vector(1)', 'is quiet'],
    ['never', 'vector(0) > 1', 'fires'],
  ])('finds each rule that would fire %s', async (_, expr, kind) => {
    const found = new Set(await failing(expr));
    expect(alerts.filter((alert) => !found.has(`${alert} ${kind}`))).toEqual([]);
  });
});
