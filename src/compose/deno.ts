/** Composes the portal under Deno: embedded, or with PostgreSQL and Redis if their URLs are set. */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { photonThumbnailer } from '../../adapters/photon/thumbnailer.ts';
import { createOutbox } from '../../adapters/postgres/commit/outbox.ts';
import { databaseTime } from '../../adapters/postgres/driver/database-time.ts';
import { type Reindexed, reindex } from '../../adapters/postgres/sealed/reindex.ts';
import { httpTransport } from '../../adapters/webhooks/http-transport.ts';
import { resolveHost } from '../../adapters/webhooks/resolve-host.ts';
import type { Deps } from '../app/context.ts';
import { createDatabaseClock, type DatabaseClock } from '../app/database-clock.ts';
import { hashedSubjectLimiter } from '../app/hashed-subject-limiter.ts';
import { createLog, type Log } from '../app/log.ts';
import type { Metrics } from '../app/metrics.ts';
import type { DeliveryDeps } from '../app/notifications/deliver.ts';
import { type Config, webhookAddresses } from '../config.ts';
import type { Platform } from '../http/platform.ts';
import { createJobs, type Jobs } from '../jobs/jobs.ts';
import { BATCH_SIZE, EMBEDDED_BATCH_SIZE } from '../jobs/message-batches.ts';
import { createRunner } from '../jobs/runner.ts';
import { jsonSink } from '../log-sink.ts';
import { clockWarnings } from '../warnings.ts';
import { composeServices, inBackground } from './deno-services.ts';
import { createDependencies } from './dependencies.ts';
import { composeHot } from './hot.ts';
import { type Instrumentation, UNTRACED } from './instrumentation.ts';
import { beginMeasuring } from './measured.ts';
import { openVerified } from './open-database.ts';
import { generateSecrets, prepareSecrets } from './secrets.ts';
import { composeLasting, composeStored, pause, systemClock, systemRandom } from './shared.ts';
import { webFilesIn } from './web-files.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const WEB = `${ROOT}.web/`;
const SCALAR = `${ROOT}node_modules/@scalar/api-reference/dist/browser/standalone.js`;

export interface DenoPlatform {
  readonly platform: Platform;
  /** Whether the database has no users yet. */
  readonly isEmpty: boolean;
  /** Starts running due jobs and the periodic work. Before that none runs. */
  startJobs(): void;
  /** Recomputes every blind index under the current key of the ring. */
  renewIndexes(): Promise<Reindexed>;
  /** Finishes running jobs and closes all connections. */
  close(): Promise<void>;
}

/**
 * @param tell called before each slow step
 * @param knowsLogKeys whether the keys must be those of the audit log. False for commands that seal nothing, and for
 *   the command that begins a new origin because the keys are lost
 */
export async function composeDeno(
  config: Config & { readonly PUBLIC_URL: string },
  tell: (step: string) => void = () => {},
  log = createLog({ level: config.LOG_LEVEL, clock: systemClock, sink: jsonSink }),
  knowsLogKeys = true,
): Promise<DenoPlatform> {
  const { lasting, saveSecrets } = await composeKeys(config);
  const { metrics, complete } = beginMeasuring();
  const traced = await composeTraced(config, log, metrics);
  const opening = { tell, knowsLogKeys, saveSecrets, log, metrics };
  const { driver: untraced, rewriteKeys, ...pool } = await openVerified(config, lasting, opening);
  const driver = traced.driver(untraced);
  // All processes use the database's clock, so that a token of one is valid at the others even if their own clocks
  // differ.
  const clock = createDatabaseClock(systemClock, () => databaseTime(driver), log);
  await clock.compare();
  const stored = composeStored(lasting, driver, config.keepMails, clock, { metrics, tracer: traced.tracer });
  const dependencies = createDependencies(clock, log, metrics);
  const measuring = { dependencies, metrics, traced };
  const { limiter, checks, close, hot, ...services } = await composeServices(config, lasting, clock, measuring);
  const background = inBackground(log);

  const deps: Deps & DeliveryDeps = {
    ...lasting,
    ...composeHot(lasting, stored, { ...hot, background, clock, random: systemRandom, log, metrics }),
    loads: stored.loads,
    channel: traced.providers(stored.channel),
    webhooks: traced.webhooks(httpTransport({ resolve: resolveHost, allowed: webhookAddresses(config) })),
    ...services,
    limiter: hashedSubjectLimiter(limiter, lasting.index),
    thumbnailer: photonThumbnailer(),
    ...{ clock, random: systemRandom, log, metrics, tracer: traced.tracer },
    dispatch: () => runner.wake(),
  };
  const batchSize = config.DATABASE_URL === undefined ? EMBEDDED_BATCH_SIZE : BATCH_SIZE;
  const jobs = createJobs(deps, createOutbox(driver, lasting.settings.rates), null, undefined, rewriteKeys, batchSize);
  const runner = createRunner(comparing(jobs, clock), clock, log);
  const providers = () => stored.channel.statuses();
  const { endMeasuring, ...measured } = complete({ deps, providers, config, ...pool });
  const [anyUser] = await deps.database.load(deps.loads.identity.anyUser());
  return {
    platform: {
      ...{ config, deps, jobs },
      checks: [...stored.checks, ...checks],
      ...{ callbacks: null, providerWebhooks: stored.providerWebhooks, mailbox: stored.mailbox },
      ...{ web: await webFilesIn(WEB), scalarScript, providers, ...measured },
      warnings: () => [...stored.warnings(), ...clockWarnings(clock.ahead())],
      ...{ waitUntil: background, isTrafficWanted: () => true, pause },
    },
    isEmpty: anyUser === undefined,
    startJobs: () => runner.start(),
    renewIndexes: () => reindex(driver, lasting.cipher, lasting.index),
    async close() {
      await runner.stop();
      await traced.tracer.flush();
      endMeasuring();
      close();
      await driver.close();
    },
  };
}

async function scalarScript(): Promise<Response> {
  return new Response(new Uint8Array(await readFile(SCALAR)), {
    headers: { 'Content-Type': 'text/javascript; charset=utf-8', 'Cache-Control': 'public, max-age=86400' },
  });
}

type Lasting = ReturnType<typeof composeLasting>;

/** What lasts under the keys of the settings; in development, under generated keys that `saveSecrets` keeps. */
async function composeKeys(
  config: Config & { readonly PUBLIC_URL: string },
): Promise<{ readonly lasting: Lasting; saveSecrets(): Promise<void> }> {
  const prepared = config.APP_ENV === 'development' ? await prepareSecrets(config.DATA_DIR) : undefined;
  const generated = prepared?.secrets;
  // An operator's command may run without settings that only serving needs; it never signs with these placeholders.
  const unused = generated ?? (await generateSecrets());
  const lasting = composeLasting({
    ...config,
    TOKEN_KEYS: config.TOKEN_KEYS ?? unused.TOKEN_KEYS,
    FIELD_KEYS: config.FIELD_KEYS ?? generated?.FIELD_KEYS ?? '',
    INDEX_KEY: config.INDEX_KEY ?? generated?.INDEX_KEY ?? '',
    CHECKPOINT_KEYS: config.CHECKPOINT_KEYS ?? unused.CHECKPOINT_KEYS,
  });
  return { lasting, saveSecrets: async () => prepared?.save() };
}

/** How long spans wait to be exported together. */
const EXPORT_EVERY_MS = 5_000;

/** Nothing of OpenTelemetry is loaded if there is no collector. */
async function composeTraced(config: Config, log: Log, metrics: Metrics): Promise<Instrumentation> {
  const { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint } = config;
  if (endpoint === undefined) return UNTRACED;
  const { composeTracing } = await import('./tracing.ts');
  return composeTracing(endpoint, config, log, metrics)((flush) => void setTimeout(flush, EXPORT_EVERY_MS));
}

/** Compares the clocks each minute, before the jobs of that minute. */
function comparing(jobs: Jobs, clock: DatabaseClock): Jobs {
  return {
    ...jobs,
    async everyMinute() {
      await clock.compare();
      await jobs.everyMinute();
    },
  };
}
