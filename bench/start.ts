/**
 * What a start of the Worker costs in workerd, beside an empty Hono Worker and beside the same Worker with nothing left for
 * later: CPU time of the process until it listens, and of the first request to each group of routes.
 *
 *     npm run bench:start -- [starts]     default 11
 *
 * workerd runs without wrangler and without any service: the requests are refused before they need one.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { gzipSync } from 'node:zlib';
import { type BuildOptions, build } from 'esbuild';
import { generateSecrets } from '../src/compose/secrets.ts';
import { pathTo } from '../src/http/links.ts';
import { BUNDLED } from '../tools/worker/bundled.ts';
import { evaluatedWith } from '../tools/worker/sizes.ts';
import { startWorkerd, type Workerd } from './workerd.ts';

const STARTS = Number(process.argv[2] ?? 11);
/** A request to each group, in this order: a later one finds evaluated what an earlier one shares with it. */
const REQUESTS = {
  platform: pathTo('getHealth'),
  identity: pathTo('getMe'),
  scheduling: pathTo('listMyAppointments'),
  privacy: pathTo('listMyExports'),
  audit: pathTo('listAuditEvents'),
  document: pathTo('listProblems'),
};
type Group = keyof typeof REQUESTS;

/** What each start evaluated before routes were loaded in groups. */
const AT_ONCE = `
import '@upstash/qstash';
import './src/jobs/jobs.ts';
import { createApp } from './src/http/app.ts';
export { default } from './src/worker.ts';
await createApp().operations();`;
const EMPTY = `
import { Hono } from 'hono';
const app = new Hono();
app.get('/health', (c) => c.json({ status: 'ok' }));
export default app;`;

interface Built {
  readonly name: string;
  /** Names as the modules import each other; the first is the entry. */
  readonly modules: ReadonlyMap<string, string>;
  readonly gzipAtStart: number;
  readonly gzipInAll: number;
}

async function built(name: string, contents: string): Promise<Built> {
  const options: BuildOptions = { ...BUNDLED, stdin: { contents, resolveDir: process.cwd() }, outdir: 'out' };
  const { outputFiles = [], metafile } = await build(options);
  const entry = 'out/stdin.js';
  const texts = new Map(outputFiles.map(({ path, text }) => [path.slice(path.lastIndexOf('/out/') + 1), text]));
  const gzip = (paths: Iterable<string>) =>
    [...paths].reduce((sum, path) => sum + gzipSync(texts.get(path) ?? '').length, 0);
  const names = [entry, ...[...texts.keys()].filter((path) => path !== entry)];
  return {
    name,
    modules: new Map(names.map((path) => [path.slice('out/'.length), texts.get(path) ?? ''])),
    // What the entry awaits is evaluated at the start as well.
    gzipAtStart: gzip(contents === AT_ONCE ? texts.keys() : evaluatedWith(metafile?.outputs ?? {}, entry)),
    gzipInAll: gzip(texts.keys()),
  };
}

/** Milliseconds of CPU time. */
interface Start {
  readonly start: number;
  readonly first: Partial<Record<Group, number>>;
}

async function requested(workerd: Workerd, path: string): Promise<number> {
  const before = await workerd.cpuMilliseconds();
  const answer = await fetch(`${workerd.url}${path}`);
  await answer.arrayBuffer();
  if (answer.status >= 500) throw new Error(`${path} was answered with ${answer.status}:\n${workerd.output()}`);
  return (await workerd.cpuMilliseconds()) - before;
}

async function started({ name, modules }: Built, folder: string, variables: Record<string, string>): Promise<Start> {
  const workerd = await startWorkerd(folder, modules, variables);
  try {
    const start = await workerd.cpuMilliseconds();
    const first: Start['first'] = {};
    const asked = name === 'empty' ? (['platform'] as const) : (Object.keys(REQUESTS) as Group[]);
    for (const group of asked) first[group] = await requested(workerd, REQUESTS[group]);
    return { start, first };
  } finally {
    await workerd.stop();
  }
}

const median = (values: readonly number[]) => values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;

const folder = await mkdtemp(`${tmpdir()}/bench-start-`);
const variables = {
  ...{
    APP_ENV: 'development',
    PUBLIC_URL: 'http://localhost',
    MAIL_FROM: 'portal@clinic.example',
    SENDGRID_API_KEY: 'nobody-answers-here',
  },
  ...{ DATABASE_URL: 'postgres://nobody:none@localhost/none', LOG_LEVEL: 'error' },
  ...{
    UPSTASH_REDIS_REST_URL: 'http://127.0.0.1:9',
    UPSTASH_REDIS_REST_TOKEN: 'nobody-answers-here',
    QSTASH_TOKEN: 'nobody-answers-here',
  },
  ...{ QSTASH_CURRENT_SIGNING_KEY: 'nobody-answers-here', QSTASH_NEXT_SIGNING_KEY: 'nobody-answers-here' },
  ...(await generateSecrets()),
};
try {
  const workers = [
    await built('empty', EMPTY),
    await built('portal', "export { default } from './src/worker.ts';"),
    await built('all at once', AT_ONCE),
  ];
  const runs = new Map<string, Start[]>(workers.map(({ name }) => [name, []]));
  // In turn, so that a busy moment of the machine meets each of them.
  for (let run = 0; run < STARTS; run++) {
    for (const worker of workers) {
      if (process.stdout.isTTY) process.stdout.write(`\r  start ${run + 1} of ${STARTS} `);
      runs.get(worker.name)?.push(await started(worker, folder, variables));
    }
  }
  if (process.stdout.isTTY) process.stdout.write('\r');
  const startOf = (name: string) => median((runs.get(name) ?? []).map(({ start }) => start));
  const empty = startOf('empty');
  for (const { name, gzipAtStart, gzipInAll } of workers) {
    const start = startOf(name);
    console.log(
      `${name.padEnd(12)} start ${start.toFixed(0).padStart(4)} ms of CPU, ${(start / empty).toFixed(1)} times an empty one, ` +
        `${(start - empty).toFixed(0)} ms more; gzip ${(gzipAtStart / 1000).toFixed(0)} kB at the start, ${(gzipInAll / 1000).toFixed(0)} kB in all`,
    );
    for (const group of Object.keys(REQUESTS) as Group[]) {
      const times = (runs.get(name) ?? []).flatMap(({ first }) => first[group] ?? []);
      if (times.length > 0)
        console.log(`   first request to ${group.padEnd(12)} ${median(times).toFixed(1).padStart(6)} ms of CPU`);
    }
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}
