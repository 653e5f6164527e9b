/** Composes the portal on Cloudflare Workers: Neon, Upstash, QStash and R2. */
import { analyticsMetrics, type Dataset } from '../../adapters/analytics/data-points.ts';
import { type Images, imagesThumbnailer } from '../../adapters/images/thumbnailer.ts';
import { memoryRateLimiter } from '../../adapters/memory/rate-limiter.ts';
import { createOutbox } from '../../adapters/postgres/commit/outbox.ts';
import type { SqlDriver } from '../../adapters/postgres/driver/driver.ts';
import { createNeonDriver } from '../../adapters/postgres/driver/neon.ts';
import { type Bucket, r2FileStorage } from '../../adapters/r2/file-storage.ts';
import { CACHE_SCRIPTS } from '../../adapters/redis/cache-scripts.ts';
import { redisVersionedCache } from '../../adapters/redis/versioned-cache.ts';
import {
  guardedFileStorage,
  guardedQueue,
  guardedThumbnailer,
  guardedWitness,
} from '../../adapters/resilience/guarded.ts';
import { POLICIES } from '../../adapters/resilience/policies.ts';
import { upstashCache } from '../../adapters/upstash/cache.ts';
import { qstashCallbackVerifier } from '../../adapters/upstash/callback-verifier.ts';
import { upstashClient } from '../../adapters/upstash/client.ts';
import { qstashQueue } from '../../adapters/upstash/queue.ts';
import { upstashRateLimiter } from '../../adapters/upstash/rate-limiter.ts';
import { upstashRunLua } from '../../adapters/upstash/run-script.ts';
import { httpTransport } from '../../adapters/webhooks/http-transport.ts';
import type { MessageProviders } from '../../domain/notifications/ports.ts';
import type { Outbox } from '../../domain/shared/outbox.ts';
import type { JobQueue } from '../../domain/shared/ports.ts';
import type { BugReports } from '../app/bug-reports.ts';
import { createHotMemory, type HotMemory } from '../app/cache/hot-cache.ts';
import type { Deps } from '../app/context.ts';
import { degradingCache, degradingLimiter, substituting } from '../app/degrade.ts';
import type { Door } from '../app/door.ts';
import { hashedSubjectLimiter } from '../app/hashed-subject-limiter.ts';
import { createLog, type Log } from '../app/log.ts';
import type { Metrics } from '../app/metrics.ts';
import { NO_METRICS } from '../app/no-metrics.ts';
import type { DeliveryDeps } from '../app/notifications/deliver.ts';
import { type Config, parseConfig, webhookAddresses } from '../config.ts';
import type { Platform, WebFiles } from '../http/platform.ts';
import type { Acceptances } from '../jobs/acceptances.ts';
import type { Jobs } from '../jobs/jobs.ts';
import { publishSoonDue } from '../jobs/publish.ts';
import { jsonSink } from '../log-sink.ts';
import { checkedStorage, createDependencies, type Dependencies } from './dependencies.ts';
import { loggedDoor, notingTrips } from './door.ts';
import { composeHot } from './hot.ts';
import { type Instrumentation, UNTRACED } from './instrumentation.ts';
import { type KeyMemory, verifyingKeys } from './known-keys.ts';
import { measuredDriver } from './measured-driver.ts';
import { composeProviders } from './providers.ts';
import { composeReports } from './reports.ts';
import { composeScanner } from './scanner.ts';
import {
  composeLasting,
  composeStored,
  type Lasting,
  pause,
  type ReadyConfig,
  systemClock,
  systemRandom,
} from './shared.ts';
import type { Tracing } from './tracing.ts';
import type { WriteHealth } from './write-health.ts';

/** The Worker's bindings, next to its variables. */
export interface EdgeBindings {
  readonly FILES: Bucket;
  readonly IMAGES: Images;
  /** Analytics Engine. Without it nothing is counted. */
  readonly METRICS?: Dataset;
  readonly ASSETS: { fetch(request: Request | string): Promise<Response> };
  readonly [variable: string]: unknown;
}

interface Isolate {
  readonly lasting: Lasting;
  readonly config: Config & ReadyConfig;
  readonly localLimiter: ReturnType<typeof memoryRateLimiter>;
  readonly dependencies: Dependencies;
  readonly keys: KeyMemory;
  readonly writes: WriteHealth;
  readonly door: Door;
  readonly providers: MessageProviders;
  readonly log: Log;
  readonly acceptances: Acceptances;
  readonly hotMemory: HotMemory;
  readonly reports: BugReports | undefined;
  /** Loaded by the first request if there is a collector. */
  tracing: Tracing | undefined;
}

/** Created once per isolate. It holds no connections, because those must not outlive their request. */
let isolate: Isolate | undefined;

function isolateOf(bindings: EdgeBindings): Isolate {
  if (isolate === undefined) {
    const config = parseConfig(bindings, 'worker') as Config & ReadyConfig;
    const reports = composeReports(config, 'workerd');
    const log = createLog({ level: config.LOG_LEVEL, clock: systemClock, sink: jsonSink, onBug: reports?.note });
    isolate = {
      config,
      lasting: composeLasting(config),
      localLimiter: memoryRateLimiter(systemClock),
      dependencies: createDependencies(systemClock, log, NO_METRICS),
      keys: { known: false },
      writes: { refused: undefined },
      door: loggedDoor(config, log),
      providers: composeProviders(config, systemClock),
      log,
      acceptances: new Map(),
      hotMemory: createHotMemory(),
      ...{ tracing: undefined, reports },
    };
  }
  return isolate;
}

/** @throws ConfigRefused if a variable is missing or invalid */
export async function composeEdge(
  bindings: EdgeBindings,
  waitUntil: (work: Promise<unknown>) => void,
): Promise<Platform> {
  const { lasting, config, keys, writes, door, providers, acceptances, hotMemory: memory } = isolateOf(bindings);
  const log = reportingLog(isolateOf(bindings), waitUntil);
  const metrics: Metrics = bindings.METRICS === undefined ? NO_METRICS : analyticsMetrics(bindings.METRICS);
  const traced = await composeTraced(isolateOf(bindings), metrics, waitUntil);
  const { tracer } = traced;
  const measuring = { metrics, log, slowMilliseconds: config.SLOW_STATEMENT_MS };
  const driver = traced.driver(
    measuredDriver(verifyingKeys(notingTrips(neonOf(config), door), lasting, keys, log), measuring),
  );
  const surroundings = { health: writes, providers, metrics, tracer };
  const stored = composeStored(lasting, driver, config.keepMails, systemClock, surroundings);
  const { queue, checks, limiter, versioned, ...services } = composeServices(bindings, isolateOf(bindings), traced);
  // A request must not wait for the promise of another one.
  const hot = { cache: versioned, memory, background: waitUntil, sharesLoads: false };

  const deps: Deps & DeliveryDeps = {
    ...lasting,
    ...composeHot(lasting, stored, { ...hot, clock: systemClock, random: systemRandom, log, metrics }),
    loads: stored.loads,
    channel: traced.providers(stored.channel),
    webhooks: traced.webhooks(httpTransport({ resolve: null, allowed: webhookAddresses(config) })),
    ...services,
    limiter: hashedSubjectLimiter(limiter, lasting.index),
    // Runs after the response. What fails here stays in the outbox and is swept by cron (R49).
    ...{ clock: systemClock, random: systemRandom, log, metrics, tracer },
    dispatch: () => waitUntil(jobs.publish().catch((error: unknown) => log.failure('publish_failed', error))),
  };
  const jobs = jobsOnDemand(deps, createOutbox(driver, lasting.settings.rates), queue, acceptances);

  return {
    config,
    deps,
    jobs,
    door,
    checks: [...stored.checks, ...checks],
    callbacks: qstashCallbackVerifier({
      current: required(config.QSTASH_CURRENT_SIGNING_KEY),
      next: required(config.QSTASH_NEXT_SIGNING_KEY),
    }),
    providerWebhooks: stored.providerWebhooks,
    mailbox: stored.mailbox,
    web: webFilesOf(bindings),
    scalarScript: () => bindings.ASSETS.fetch('http://assets/standalone.js'),
    warnings: stored.warnings,
    // Loaded when somebody asks: no other request needs it.
    exposeMetrics: async () => (await import('./edge-metrics.ts')).exposeEdgeMetrics(deps, stored.channel.statuses()),
    recentTraffic: async () => (await import('./edge-metrics.ts')).recentEdgeTraffic(config, log),
    providers: () => stored.channel.statuses(),
    isTrafficWanted: () => true,
    waitUntil,
    pause,
  };
}

function webFilesOf({ ASSETS }: EdgeBindings): WebFiles {
  return async (name) => {
    const file = await ASSETS.fetch(`http://assets/${name}`);
    return file.ok ? file : undefined;
  };
}

/** What a request meets is reported after its answer. */
function reportingLog({ log, reports }: Isolate, waitUntil: (work: Promise<unknown>) => void): Log {
  if (reports === undefined) return log;
  return {
    ...log,
    failure(...failure) {
      log.failure(...failure);
      waitUntil(reports.send());
    },
  };
}

/** Nothing of OpenTelemetry is loaded if there is no collector. What was recorded is exported after the answer. */
async function composeTraced(
  isolate: Isolate,
  metrics: Metrics,
  waitUntil: (work: Promise<unknown>) => void,
): Promise<Instrumentation> {
  const { config, log } = isolate;
  const { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint } = config;
  if (endpoint === undefined) return UNTRACED;
  if (isolate.tracing === undefined) {
    const { composeTracing } = await import('./tracing.ts');
    isolate.tracing = composeTracing(endpoint, config, log, metrics);
  }
  return isolate.tracing((flush) => waitUntil(flush()));
}

function versionedCacheOf(redis: ReturnType<typeof upstashClient>, dependencies: Dependencies) {
  const runLua = upstashRunLua(redis);
  return redisVersionedCache(
    (name, keys, args) => dependencies.of('upstash').once(() => runLua(CACHE_SCRIPTS[name], keys, args)),
    systemClock,
    systemRandom,
  );
}

/** The services outside of the isolate, each behind its policy. The clients are of this request alone. */
function composeServices(
  bindings: EdgeBindings,
  { lasting, config, localLimiter, dependencies }: Isolate,
  traced: Instrumentation,
) {
  const client = upstashClient({
    url: required(config.UPSTASH_REDIS_REST_URL),
    token: required(config.UPSTASH_REDIS_REST_TOKEN),
    timeoutMilliseconds: POLICIES.upstash.timeoutMs,
  });
  const redis = traced.upstash(client);
  const either = substituting(dependencies.of('upstash'));
  const files = traced.storage(guardedFileStorage(r2FileStorage(bindings.FILES), dependencies.of('r2')), 'r2');
  const scanner = composeScanner(config, null, dependencies, traced);
  const published = qstashQueue(
    {
      ...{ url: config.QSTASH_URL, token: required(config.QSTASH_TOKEN), publicUrl: config.PUBLIC_URL },
      ...{ rates: lasting.settings.rates, parallelism: config.QSTASH_PARALLELISM },
      timeoutMilliseconds: POLICIES.qstash.timeoutMs,
    },
    systemClock,
  );
  return {
    queue: traced.queue(guardedQueue(published, dependencies.of('qstash'))),
    limiter: degradingLimiter(upstashRateLimiter(redis), localLimiter, either),
    cache: degradingCache(upstashCache(redis), either),
    versioned: versionedCacheOf(redis, dependencies),
    scanner: scanner.scanner,
    thumbnailer: guardedThumbnailer(imagesThumbnailer(bindings.IMAGES), dependencies.of('images')),
    files,
    witness: lasting.witness && guardedWitness(lasting.witness, dependencies.of('witness')),
    checks: [
      dependencies.check('upstash', 'redis', async () => void (await redis.ping())),
      checkedStorage('r2', files, dependencies),
      ...scanner.checks,
      dependencies.check('images', 'images'),
      dependencies.check('qstash', 'queue'),
    ],
  };
}

function neonOf({ DATABASE_URL, NEON_ENDPOINT: endpoint }: Config): SqlDriver {
  return createNeonDriver({ url: required(DATABASE_URL), ...(endpoint === undefined ? {} : { endpoint }) });
}

/** Loads what runs jobs when the first is to run. Publishing one needs none of it. */
function jobsOnDemand(deps: Deps & DeliveryDeps, outbox: Outbox, queue: JobQueue, acceptances: Acceptances): Jobs {
  const load = async () => (await import('../jobs/jobs.ts')).createJobs(deps, outbox, queue, acceptances);
  return {
    runDue: async (signal) => (await load()).runDue(signal),
    runOne: async (topic, id) => (await load()).runOne(topic, id),
    publish: () => publishSoonDue(deps, outbox, queue),
    nextDue: async () => (await load()).nextDue(),
    everyMinute: async () => (await load()).everyMinute(),
  };
}

/** `parseConfig` has checked these settings for the edge already. */
function required(value: string | undefined): string {
  if (value === undefined)
    throw new Error('a setting required at the edge is missing, although the settings were checked');
  return value;
}
