/** The ports of a gradual deployment: wrangler, and the analytics of Cloudflare. */
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import type { Invocations } from './decision.ts';
import type { RolloutPorts } from './rollout.ts';

export interface CloudflareOptions {
  /** The environment of wrangler.toml: `production`. */
  readonly environment: string;
  /** The Worker’s name. */
  readonly script: string;
  readonly accountId: string;
  readonly apiToken: string;
  /** Program and first arguments. */
  readonly wrangler: readonly [string, ...string[]];
  /** Default: that of Cloudflare. */
  readonly graphqlUrl?: string;
}

const GRAPHQL_URL = 'https://api.cloudflare.com/client/v4/graphql';
/** Variables are strings, also the time. `scriptVersion` is the id of the version. */
const QUERY = `query ($account: string, $script: string, $since: string) {
  viewer { accounts(filter: { accountTag: $account }) {
    workersInvocationsAdaptive(limit: 1000, filter: { scriptName: $script, datetime_geq: $since }) {
      sum { requests errors } dimensions { scriptVersion }
    } } } }`;

interface Group {
  readonly sum: { readonly requests: number; readonly errors: number };
  readonly dimensions: { readonly scriptVersion: string };
}

type Ports = Pick<RolloutPorts, 'current' | 'upload' | 'deploy' | 'invocations'>;

export function cloudflarePorts(options: CloudflareOptions): Ports {
  const inEnvironment = (...rest: string[]) => wrangler(options, [...rest, '--env', options.environment]);
  return {
    async current() {
      const { output } = await inEnvironment('deployments', 'status', '--json');
      const { versions } = JSON.parse(output) as { versions: { version_id: string; percentage: number }[] };
      return versions.find(({ percentage }) => percentage === 100)?.version_id;
    },
    async upload() {
      const { events } = await inEnvironment('versions', 'upload');
      const uploaded = events.find(({ type }) => type === 'version-upload')?.version_id;
      if (typeof uploaded !== 'string') throw new Error('wrangler did not say which version it has uploaded');
      return uploaded;
    },
    async deploy(shares, message) {
      const versions = Object.entries(shares).map(([version, share]) => `${version}@${share}%`);
      await inEnvironment('versions', 'deploy', ...versions, '--yes', '--message', message);
    },
    invocations: (version, since) => invocations(options, version, since),
  };
}

interface Run {
  readonly output: string;
  /** What wrangler writes to `WRANGLER_OUTPUT_FILE_PATH`, one JSON object a line. */
  readonly events: readonly Readonly<Record<string, unknown>>[];
}

async function wrangler(
  { wrangler: [program, ...first], apiToken, accountId }: CloudflareOptions,
  rest: string[],
): Promise<Run> {
  const folder = await mkdtemp(`${tmpdir()}/portal-wrangler-`);
  try {
    const file = `${folder}/output.ndjson`;
    const environment = {
      WRANGLER_OUTPUT_FILE_PATH: file,
      CLOUDFLARE_API_TOKEN: apiToken,
      CLOUDFLARE_ACCOUNT_ID: accountId,
    };
    const output = await run(program, [...first, ...rest], environment);
    const lines = (await readFile(file, 'utf8').catch(() => '')).split('\n').filter((line) => line !== '');
    return { output, events: lines.map((line) => JSON.parse(line)) };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function run(program: string, parameters: string[], environment: Readonly<Record<string, string>>): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, parameters, {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, ...environment, WRANGLER_SEND_METRICS: 'false', CI: 'true' },
    });
    let output = '';
    child.stdout.on('data', (chunk) => {
      output += chunk;
    });
    child.on('error', reject);
    child.on('close', (code) => {
      if (code === 0) resolve(output);
      else reject(new Error(`wrangler ${parameters.slice(0, 3).join(' ')} ended with ${code}`));
    });
  });
}

async function invocations(options: CloudflareOptions, version: string, since: number): Promise<Invocations> {
  const { accountId, script, apiToken, graphqlUrl = GRAPHQL_URL } = options;
  const variables = { account: accountId, script, since: new Date(since).toISOString() };
  const response = await fetch(graphqlUrl, {
    method: 'POST',
    headers: { Authorization: `Bearer ${apiToken}`, 'Content-Type': 'application/json' },
    body: JSON.stringify({ query: QUERY, variables }),
    signal: AbortSignal.timeout(20_000),
  });
  // A query that the schema does not allow is answered 200, with `errors`.
  const { data, errors } = (await response.json()) as {
    data?: { viewer: { accounts: { workersInvocationsAdaptive: Group[] }[] } };
    errors?: { message: string }[] | null;
  };
  if (!response.ok || (errors ?? []).length > 0)
    throw new Error(`Cloudflare’s analytics answered ${response.status}: ${errors?.[0]?.message ?? ''}`);
  const groups = data?.viewer.accounts[0]?.workersInvocationsAdaptive ?? [];
  const own = groups.filter(({ dimensions }) => dimensions.scriptVersion === version);
  const total = (name: 'requests' | 'errors') => own.reduce((sum, group) => sum + group.sum[name], 0);
  return { requests: total('requests'), errors: total('errors') };
}
