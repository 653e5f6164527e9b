import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { cloudflarePorts } from '../../tools/deploy/cloudflare.ts';
import { ENOUGH_REQUESTS, type Invocations, judge } from '../../tools/deploy/decision.ts';
import { type RolloutPorts, rollOut } from '../../tools/deploy/rollout.ts';

const SOUND: Invocations = { requests: 1_000, errors: 0 };
const observed = (candidate: Invocations, former = SOUND, smokeFault: string | null = null) => ({
  candidate,
  former,
  smokeFault,
});

describe('whether a version gets more requests', () => {
  test.each([
    ['sound, and there is time left', observed(SOUND), false, 'wait'],
    ['sound to the end', observed(SOUND), true, 'proceed'],
    ['too few requests, and there is time left', observed({ requests: 3, errors: 1 }), false, 'wait'],
    ['too few requests to the end', observed({ requests: 3, errors: 1 }), true, 'proceed'],
    ['the journey fails', observed(SOUND, SOUND, 'signs in'), false, 'roll_back'],
    ['one in ten fails', observed({ requests: 60, errors: 6 }), false, 'roll_back'],
    [
      'more often than twice the former',
      observed({ requests: 1_000, errors: 30 }, { requests: 1_000, errors: 14 }),
      false,
      'roll_back',
    ],
    [
      'as often as the former',
      observed({ requests: 1_000, errors: 28 }, { requests: 1_000, errors: 14 }),
      true,
      'proceed',
    ],
    ['hardly ever, where the former never failed', observed({ requests: 1_000, errors: 5 }), true, 'proceed'],
  ] as const)('%s', (_, seen, isLast, kind) => {
    expect(judge(seen, isLast).kind).toBe(kind);
  });

  test('of two versions that fail equally often, none is taken back below one in twenty', () => {
    const counts = fc.record({
      requests: fc.integer({ min: ENOUGH_REQUESTS, max: 1e6 }),
      share: fc.double({ min: 0, max: 0.05, noNaN: true }),
    });
    fc.assert(
      fc.property(counts, fc.boolean(), ({ requests, share }, isLast) => {
        const same = { requests, errors: Math.floor(requests * share) };
        expect(judge(observed(same, same), isLast).kind).toBe(isLast ? 'proceed' : 'wait');
      }),
    );
  });
});

const FORMER = '11111111-1111-4111-8111-111111111111';
const NEXT = '22222222-2222-4222-8222-222222222222';
const TIMES = { lookMs: 60_000, stageMs: 180_000 };

function ports(changes: Partial<RolloutPorts> = {}): RolloutPorts & { readonly deployed: Record<string, number>[] } {
  const deployed: Record<string, number>[] = [];
  let now = 0;
  return {
    deployed,
    current: async () => FORMER,
    upload: async () => NEXT,
    deploy: async (shares) => void deployed.push(shares),
    invocations: async () => SOUND,
    smoke: async () => null,
    pause: async (milliseconds) => {
      now += milliseconds;
    },
    now: () => now,
    tell: () => {},
    ...changes,
  };
}

describe('a gradual deployment', () => {
  test('goes from a tenth to a half to all', async () => {
    const all = ports();
    expect(await rollOut(all, TIMES)).toEqual({ kind: 'deployed', version: NEXT });
    expect(all.deployed).toEqual([{ [NEXT]: 10, [FORMER]: 90 }, { [NEXT]: 50, [FORMER]: 50 }, { [NEXT]: 100 }]);
    expect(all.now()).toBe(3 * TIMES.stageMs);
  });

  test('all requests go back to the version before when the new one fails, also with all requests', async () => {
    const atAll = ports({
      invocations: async (version) =>
        version === NEXT && atAll.deployed.length === 3 ? { requests: 500, errors: 100 } : SOUND,
    });
    const outcome = await rollOut(atAll, TIMES);
    expect(outcome).toMatchObject({ kind: 'rolled_back', reason: '20.00 % of 500 requests failed' });
    expect(atAll.deployed.at(-1)).toEqual({ [FORMER]: 100 });
  });

  test('a version that cannot be watched is taken back', async () => {
    const blind = ports({ invocations: () => Promise.reject(new Error('403')) });
    await expect(rollOut(blind, TIMES)).rejects.toThrow('403');
    expect(blind.deployed.at(-1)).toEqual({ [FORMER]: 100 });
  });

  test('nothing is begun while two versions share the requests', async () => {
    const shared = ports({ current: async () => undefined });
    await expect(rollOut(shared, TIMES)).rejects.toThrow('no single version');
    expect(shared.deployed).toEqual([]);
  });
});

describe('the ports at Cloudflare', () => {
  let folder: string;
  let answer: unknown = {};
  const asked: { authorization: string | undefined; variables: unknown }[] = [];
  const server = createServer(async (request, response) => {
    let text = '';
    for await (const part of request) text += part;
    asked.push({ authorization: request.headers.authorization, variables: JSON.parse(text).variables });
    response.setHeader('Content-Type', 'application/json');
    response.end(JSON.stringify(answer));
  });
  let url = '';

  /** What wrangler 4 prints and writes, without Cloudflare behind it. */
  const WRANGLER = `#!/usr/bin/env node
const { appendFileSync } = require('node:fs');
const words = process.argv.slice(2);
appendFileSync(__dirname + '/calls', JSON.stringify({ words, account: process.env.CLOUDFLARE_ACCOUNT_ID }) + '\\n');
if (words[0] === 'deployments')
  console.log(JSON.stringify({ id: 'd', versions: [{ version_id: '${FORMER}', percentage: 100 }] }, null, 2));
if (words[1] === 'upload') {
  console.log('Uploaded patient-portal-production');
  appendFileSync(process.env.WRANGLER_OUTPUT_FILE_PATH, JSON.stringify({ type: 'wrangler-session', version: 1 }) + '\\n');
  appendFileSync(process.env.WRANGLER_OUTPUT_FILE_PATH, JSON.stringify({ type: 'version-upload', version: 1, version_id: '${NEXT}' }) + '\\n');
}
if (words.includes('--fail')) process.exit(1);
`;
  beforeAll(async () => {
    folder = await mkdtemp(`${tmpdir()}/portal-rollout-`);
    await writeFile(`${folder}/wrangler.cjs`, WRANGLER);
    await chmod(`${folder}/wrangler.cjs`, 0o755);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as { port: number }).port}/client/v4/graphql`;
  });
  afterAll(async () => {
    server.close();
    await rm(folder, { recursive: true, force: true });
  });
  const made = (...further: string[]) =>
    cloudflarePorts({
      ...{ environment: 'production', script: 'patient-portal-production', accountId: 'account', apiToken: 'token' },
      ...{ wrangler: [process.execPath, `${folder}/wrangler.cjs`, ...further], graphqlUrl: url },
    });

  test('ask wrangler for the version that serves, upload the next, and share the requests', async () => {
    const own = made();
    expect(await own.current()).toBe(FORMER);
    expect(await own.upload()).toBe(NEXT);
    await own.deploy({ [NEXT]: 10, [FORMER]: 90 }, '10 %');
    const calls = (await readFile(`${folder}/calls`, 'utf8'))
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(calls.map(({ words }) => words.join(' '))).toEqual([
      'deployments status --json --env production',
      'versions upload --env production',
      `versions deploy ${NEXT}@10% ${FORMER}@90% --yes --message 10 % --env production`,
    ]);
    expect(calls.map(({ account }) => account)).toEqual(['account', 'account', 'account']);
    await expect(made('--fail').deploy({ [NEXT]: 100 }, 'all')).rejects.toThrow('ended with 1');
  });

  test('add up what one version did', async () => {
    const group = (scriptVersion: string, requests: number, errors: number) => ({
      sum: { requests, errors },
      dimensions: { scriptVersion },
    });
    const workersInvocationsAdaptive = [group(NEXT, 40, 1), group(FORMER, 900, 9), group(NEXT, 60, 2)];
    answer = { data: { viewer: { accounts: [{ workersInvocationsAdaptive }] } }, errors: null };
    expect(await made().invocations(NEXT, Date.UTC(2026, 2, 2))).toEqual({ requests: 100, errors: 3 });
    expect(asked.at(-1)).toEqual({
      authorization: 'Bearer token',
      variables: { account: 'account', script: 'patient-portal-production', since: '2026-03-02T00:00:00.000Z' },
    });
    answer = { data: null, errors: [{ message: 'unknown field "scriptVersion"' }] };
    await expect(made().invocations(NEXT, 0)).rejects.toThrow('unknown field');
  });
});
