/**
 * The whole portal inside the test: real routes, real use cases, real SQL on a real PostgreSQL (an embedded one if
 * there is none), and a clock that the test controls. Only messages do not leave the machine: they go to the
 * development mailbox.
 */
import { createPasswordHasher } from '../../adapters/crypto/password-hasher.ts';
import { memoryCache } from '../../adapters/memory/cache.ts';
import { memoryRateLimiter } from '../../adapters/memory/rate-limiter.ts';
import type { PostgresDatabase } from '../../adapters/postgres/commit/database.ts';
import { createOutbox } from '../../adapters/postgres/commit/outbox.ts';
import type { SqlDriver } from '../../adapters/postgres/driver/driver.ts';
import { readBoxFormat } from '../../adapters/postgres/sealed/bind-boxes.ts';
import { prometheusMetrics } from '../../adapters/prometheus/registry.ts';
import { httpTransport } from '../../adapters/webhooks/http-transport.ts';
import type { OutgoingMessage } from '../../domain/notifications/ports.ts';
import type { Role } from '../../domain/shared/permissions.ts';
import type { Instant } from '../../domain/shared/time.ts';
import type { Deps } from '../../src/app/context.ts';
import { OPEN_DOOR } from '../../src/app/door.ts';
import { hashedSubjectLimiter } from '../../src/app/hashed-subject-limiter.ts';
import { provisionUser } from '../../src/app/identity/accounts.ts';
import { systemContext } from '../../src/app/identity/first-admin.ts';
import { createLog, type Log } from '../../src/app/log.ts';
import { createRecentTraffic } from '../../src/app/metrics/recent-traffic.ts';
import { METRICS, type Metrics } from '../../src/app/metrics.ts';
import type { DeliveryDeps } from '../../src/app/notifications/deliver.ts';
import { createExposition } from '../../src/compose/exposition.ts';
import { type Instrumentation, UNTRACED } from '../../src/compose/instrumentation.ts';
import { measuredDriver } from '../../src/compose/measured-driver.ts';
import { composeLasting, composeStored } from '../../src/compose/shared.ts';
import { composeTracing } from '../../src/compose/tracing.ts';
import { type Config, webhookAddresses } from '../../src/config.ts';
import { createApp } from '../../src/http/app.ts';
import type { Platform } from '../../src/http/platform.ts';
import { createJobs } from '../../src/jobs/jobs.ts';
import { jsonSink } from '../../src/log-sink.ts';
import { contractOf } from './contract.ts';
import { heldFiles, testScanner } from './held-files.ts';
import { type CacheParts, testHotCache } from './hot-cache.ts';
import { testThumbnailer } from './pictures.ts';
import { configOf, withKeys } from './portal-settings.ts';
import { randomInOrder } from './random-in-order.ts';
import { testDatabase } from './test-database.ts';

/** A Monday, noon in UTC. */
export const NOON = Date.parse('2026-03-02T12:00:00Z');
export const PASSWORD = 'a quiet river at dawn 9';

/** The lowest cost of a password hash, because these tests do not measure it. */
const QUICK_HASHES = { ln: 4, r: 8, p: 1 };

export interface Mail {
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  readonly attachments: OutgoingMessage['attachments'];
  readonly template: string;
  readonly codes: readonly string[];
  readonly links: readonly string[];
}

export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  // The body is whatever JSON the route returns; tests check it.
  // biome-ignore lint/suspicious/noExplicitAny: a test looks into bodies of every shape
  readonly body: any;
}

export interface RequestOptions {
  readonly token?: string | undefined;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** The client's address. */
  readonly from?: string;
}

export interface Portal {
  readonly deps: Deps & DeliveryDeps;
  readonly platform: Platform;
  readonly database: PostgresDatabase;
  readonly driver: SqlDriver;
  readonly clock: { now(): Instant; advance(seconds: number): void };
  request(method: string, path: string, options?: RequestOptions): Promise<Reply>;
  /** The raw response, for bodies that are not JSON. */
  fetch(request: Request, from?: string): Promise<Response>;
  /** Mails delivered so far, newest first. */
  mails(to?: string): Promise<Mail[]>;
  /** Creates an account that can sign in, without sending a mail. */
  person(role: Role, name: string, extra?: { readonly timezone?: string }): Promise<{ id: string; email: string }>;
  signIn(email: string): Promise<string>;
  /** The id of the account with this address. */
  idOf(email: string): Promise<string>;
  /** Waits for the work that runs after answers. */
  settled(): Promise<void>;
  close(): Promise<void>;
}

export interface PortalOptions {
  readonly environment?: Readonly<Record<string, string>>;
  readonly driver?: SqlDriver;
  readonly now?: Instant;
  readonly cacheParts?: CacheParts;
}

/** All portals of a worker share one, because it holds no state, and declaring it takes longer than the rest of a start. */
const app = createApp();
const holds = contractOf(await app.operations());

export async function startPortal(options: PortalOptions = {}): Promise<Portal> {
  const composed = await compose(options);
  const { deps, stored, jobs, driver, platform } = composed;
  const fetch: Portal['fetch'] = async (request, from = '203.0.113.7') => {
    const response = await app.fetch(request, { platform, clientAddress: from });
    await holds(request, response);
    return response;
  };
  const portal: Portal = {
    deps,
    platform,
    database: stored.database,
    driver,
    clock: composed.clock,
    fetch,
    async request(method, path, { from, ...sent } = {}) {
      return replyOf(await fetch(requestOf(method, path, sent), from));
    },
    async mails(to) {
      await jobs.runDue();
      return [...((await stored.mailbox?.list(to)) ?? [])];
    },
    person: (role, name, extra) => provision(deps, role, name, extra),
    async signIn(email) {
      const { status, body } = await portal.request('POST', '/api/v1/auth/login', {
        body: { email, password: PASSWORD },
      });
      if (status !== 200) throw new Error(`${email} could not sign in: ${status} ${JSON.stringify(body)}`);
      return body.accessToken as string;
    },
    idOf: (email) => idOf(stored, email),
    settled: async () => void (await Promise.all(composed.pending.splice(0))),
    close: async () => {
      await portal.settled();
      if (options.driver === undefined) await driver.close();
    },
  };
  return portal;
}

async function idOf({ database, loads }: ReturnType<typeof composeStored>, email: string): Promise<string> {
  const [user] = await database.load(loads.identity.userByEmail(email));
  if (user === undefined) throw new Error(`nobody has the address ${email}`);
  return user.id;
}

/** What the entry points compose, but with a clock that moves only when a test moves it. */
async function compose({ environment, driver: given, now = NOON, cacheParts }: PortalOptions) {
  const config = configOf(environment);
  const lasting = composeLasting(await withKeys(config));
  const clock = clockFrom(now);
  const registry = prometheusMetrics(METRICS);
  const traffic = createRecentTraffic(clock);
  const metrics = traffic.watching(registry);
  const driver = given ?? (await testDatabase()).driver;
  await readBoxFormat(driver, lasting.format);
  const log = createLog({ level: config.LOG_LEVEL, clock, sink: jsonSink });
  const traced = tracedBy(config, log, metrics);
  const measured = measuredDriver(driver, { metrics, log, slowMilliseconds: config.SLOW_STATEMENT_MS });
  const stored = composeStored(lasting, traced.driver(measured), true, clock, { metrics, tracer: traced.tracer });
  const providers = () => stored.channel.statuses();
  const deps = {
    ...lasting,
    ...testHotCache(lasting, stored, { clock, log, metrics, ...cacheParts }),
    passwords: createPasswordHasher({ cost: QUICK_HASHES, concurrency: 8, maxWaiting: 1000 }),
    loads: stored.loads,
    channel: traced.providers(stored.channel),
    webhooks: traced.webhooks(httpTransport({ resolve: resolveInTests, allowed: webhookAddresses(config) })),
    clock,
    random: randomInOrder(),
    limiter: hashedSubjectLimiter(memoryRateLimiter(clock), lasting.index),
    cache: memoryCache(clock),
    scanner: testScanner,
    thumbnailer: testThumbnailer,
    files: heldFiles(),
    ...{ metrics, log, tracer: traced.tracer },
    dispatch: () => {},
  };
  const jobs = createJobs(deps, createOutbox(driver, lasting.settings.rates), null);
  const pending: Promise<unknown>[] = [];
  const platform: Platform = {
    ...{ config, deps, jobs, door: OPEN_DOOR },
    checks: stored.checks,
    callbacks: null,
    providerWebhooks: stored.providerWebhooks,
    mailbox: stored.mailbox,
    web: null,
    scalarScript: async () => new Response('', { headers: { 'Content-Type': 'text/javascript' } }),
    warnings: stored.warnings,
    exposeMetrics: createExposition({ metrics: registry, deps, providers, collect: () => {} }),
    recentTraffic: async () => traffic.report(),
    providers,
    isTrafficWanted: () => true,
    ...{ waitUntil: (work) => void pending.push(work), pause: async () => {} },
  };
  return { deps, stored, jobs, driver, clock, platform, pending };
}

/** As the entry points do. What has ended is exported by `deps.tracer.flush()`. */
function tracedBy(config: Config, log: Log, metrics: Metrics): Instrumentation {
  const { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint } = config;
  return endpoint === undefined ? UNTRACED : composeTracing(endpoint, config, log, metrics)(() => {});
}

/** Names below `inside.example` lead into the network, others outside. */
async function resolveInTests(host: string): Promise<readonly string[]> {
  return host.endsWith('.inside.example') ? ['93.184.215.14', '10.0.0.7'] : ['93.184.215.14'];
}

function clockFrom(start: Instant): Portal['clock'] {
  let now = start;
  return {
    now: () => now,
    advance: (seconds) => {
      now += seconds * 1000;
    },
  };
}

function requestOf(method: string, path: string, { token, body, headers }: Omit<RequestOptions, 'from'>): Request {
  return new Request(`https://portal.example${path}`, {
    method,
    headers: {
      ...(token === undefined ? {} : { Authorization: `Bearer ${token}` }),
      ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
}

async function replyOf(response: Response): Promise<Reply> {
  const text = await response.text();
  const isJson = (response.headers.get('content-type') ?? '').includes('json');
  return {
    status: response.status,
    headers: response.headers,
    body: isJson && text !== '' ? JSON.parse(text) : text,
  };
}

async function provision(
  deps: Deps & DeliveryDeps,
  role: Role,
  name: string,
  { timezone = 'UTC' }: { readonly timezone?: string } = {},
): Promise<{ id: string; email: string }> {
  const email = `${name}@example.org`;
  const user = await provisionUser(deps, systemContext(deps), {
    email,
    password: PASSWORD,
    firstName: name,
    lastName: 'Example',
    dateOfBirth: role === 'patient' ? '1990-04-23' : null,
    phoneNumber: null,
    timezone,
    language: 'en',
    role,
    doctor: role === 'doctor' ? { specialty: 'General practice', languages: ['en'] } : null,
  });
  return { id: user.id, email };
}
