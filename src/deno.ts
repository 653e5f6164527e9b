/** Entry point under Deno. */

import type { BugReport } from '../domain/shared/bug-report.ts';
import { clientAddress } from './app/address.ts';
import { ensureFirstAdmin } from './app/identity/first-admin.ts';
import { createLog, type Log } from './app/log.ts';
import { loadTexts } from './app/notifications/languages.ts';
import { banner } from './banner.ts';
import { lockDataDir } from './compose/data-dir-lock.ts';
import { type DemoClinic, ensureDemoClinic } from './compose/demo-clinic.ts';
import { composeDeno, type DenoPlatform } from './compose/deno.ts';
import { composeReports } from './compose/reports.ts';
import { systemClock } from './compose/shared.ts';
import { type Config, parseConfig, VARIABLES } from './config.ts';
import { type Application, createApp } from './http/app.ts';
import { pathTo } from './http/links.ts';
import type { Platform } from './http/platform.ts';
import { jsonLines, terminalSink } from './log-sink.ts';
import { createProgress } from './progress.ts';
import { createTraffic, drain } from './serve/drain.ts';
import type { Handler } from './serve/exchange.ts';
import { endOnUncaught } from './serve/last-resort.ts';
import { connectionCaps } from './serve/limits.ts';
import { listen } from './serve/listener.ts';
import { stopOnSignal } from './serve/stop-signals.ts';
import { explainStart } from './start-faults.ts';
import { warningsOf } from './warnings.ts';

async function main(): Promise<void> {
  const config = parseConfig(Object.fromEntries(VARIABLES.map((name) => [name, Deno.env.get(name)])), 'deno');
  const lines = jsonLines(
    (bytes) => Deno.stdout.writeSync(bytes),
    (bytes) => Deno.stderr.writeSync(bytes),
  );
  const sink = Deno.stdout.isTerminal() ? terminalSink : lines;
  const reports = composeReports(config, 'deno');
  const onBug =
    reports &&
    ((bug: BugReport) => {
      reports.note(bug);
      void reports.send();
    });
  const log = createLog({ level: config.LOG_LEVEL, clock: systemClock, sink, onBug });
  endOnUncaught(log, reports && (() => reports.send()));
  const lock = await lockDataDir(config.DATA_DIR);

  // Listen first: if the port is taken, nothing else is started.
  let handler: Handler = starting;
  const listener = await listen({
    hostname: config.HOST,
    port: config.PORT,
    caps: connectionCaps(config.MAX_CONNECTIONS, config.TRUSTED_PROXY_HEADER !== undefined),
    log,
    handler: (request, peerAddress) => handler(request, peerAddress),
  });
  const localUrl = `http://${hostInUrl(config.HOST)}:${listener.port}`;
  const app = createApp();
  // All at once: a file that is loaded later could already be of a newer version, which was put in its place.
  await Promise.all([app.operations(), loadTexts()]);
  const { composed, demo } = await compose(config, localUrl, log).catch(async (error: unknown) => {
    await listener.close(0);
    throw error;
  });

  const traffic = createTraffic();
  const platform = { ...composed.platform, isTrafficWanted: traffic.isWanted };
  handler = servedBy(app, platform);
  const [administrator] = await platform.deps.database.load(platform.deps.loads.identity.anyAdministrator());
  console.log(banner(platform.config, localUrl, demo?.logins ?? [], administrator === true));
  for (const { code, detail } of warningsOf(config)) log.write('warn', code, { detail });
  await demo?.shown();

  const { DRAIN_SECONDS: drainSeconds } = config;
  const stop = async () => {
    await drain({ traffic, listener, drainSeconds, close: () => composed.close(), tell: (text) => console.log(text) });
    lock.close();
    console.log('Stopped.');
  };
  const now = () => performance.now();
  stopOnSignal({ subscribe: Deno.addSignalListener, now, stop, exit: Deno.exit });
}

function hostInUrl(host: string): string {
  if (host === '0.0.0.0' || host === '::') return 'localhost';
  return host.includes(':') ? `[${host}]` : host;
}

interface Composed {
  readonly composed: DenoPlatform;
  readonly demo: DemoClinic | undefined;
}

/** Composes the portal, makes the first administrator or the demo clinic, and starts the jobs. */
async function compose(config: Config, localUrl: string, log: Log): Promise<Composed> {
  const progress = createProgress(Deno.stdout.isTerminal(), (text) =>
    Deno.stdout.writeSync(new TextEncoder().encode(text)),
  );
  try {
    const composed = await composeDeno({ ...config, PUBLIC_URL: config.PUBLIC_URL ?? localUrl }, progress.tell, log);
    const { deps } = composed.platform;
    const madeAdmin = await ensureFirstAdmin(deps, config);
    const demo =
      config.seedDemo && !madeAdmin
        ? await ensureDemoClinic(deps, config.DATA_DIR, composed.isEmpty, progress.tell)
        : undefined;
    progress.end();
    composed.startJobs();
    return { composed, demo };
  } catch (error) {
    progress.end();
    throw error;
  }
}

function servedBy(app: Application, platform: Platform): Handler {
  const { TRUSTED_PROXY_HEADER: proxyHeader } = platform.config;
  return async (request, peerAddress) => {
    const forwarded = proxyHeader === undefined ? null : request.headers.get(proxyHeader);
    return app.fetch(request, { platform, clientAddress: clientAddress(forwarded, peerAddress ?? 'unknown') });
  };
}

/** The answer while the portal is starting. */
async function starting(request: Request): Promise<Response> {
  // Reports alive although not ready, so that a supervisor does not kill the process during a migration (R58).
  if (new URL(request.url).pathname === pathTo('getHealth')) return Response.json({ status: 'ok' });
  const requestId = crypto.randomUUID();
  const problem = {
    type: pathTo('getProblem', { code: 'unavailable' }),
    title: 'The portal is starting',
    status: 503,
    detail: 'Try again in a moment.',
    code: 'unavailable',
    requestId,
  };
  return Response.json(problem, {
    status: 503,
    headers: { 'Content-Type': 'application/problem+json', 'Retry-After': '1', 'Cache-Control': 'no-store' },
  });
}

try {
  await main();
} catch (error) {
  console.error(explainStart(error));
  Deno.exit(1);
}
