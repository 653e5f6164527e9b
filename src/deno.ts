/** Entry point under Deno. */

import { clientAddress } from './app/address.ts';
import { ensureFirstAdmin } from './app/identity/first-admin.ts';
import { createLog } from './app/log.ts';
import { banner } from './banner.ts';
import { lockDataDir } from './compose/data-dir-lock.ts';
import { type DemoClinic, ensureDemoClinic } from './compose/demo-clinic.ts';
import { composeDeno, type DenoPlatform } from './compose/deno.ts';
import { systemClock } from './compose/shared.ts';
import { parseConfig, VARIABLES } from './config.ts';
import { createApp } from './http/app.ts';
import { withoutFalseLength } from './http/middleware/head.ts';
import { jsonSink, terminalSink } from './log-sink.ts';
import { createProgress } from './progress.ts';
import { explainStart } from './start-faults.ts';
import { warningsOf } from './warnings.ts';

async function main(): Promise<void> {
  const config = parseConfig(Object.fromEntries(VARIABLES.map((name) => [name, Deno.env.get(name)])), 'deno');
  const sink = Deno.stdout.isTerminal() ? terminalSink : jsonSink;
  const log = createLog({ level: config.LOG_LEVEL, clock: systemClock, sink });
  const lock = await lockDataDir(config.DATA_DIR);

  // The port is taken first: nothing is started that could not be reached.
  let handler: Deno.ServeHandler<Deno.NetAddr> = starting;
  const server = Deno.serve({ hostname: config.HOST, port: config.PORT, onListen: () => {} }, (request, info) =>
    handler(request, info),
  );
  const shownHost =
    config.HOST === '0.0.0.0' || config.HOST === '::'
      ? 'localhost'
      : config.HOST.includes(':')
        ? `[${config.HOST}]`
        : config.HOST;
  const localUrl = `http://${shownHost}:${server.addr.port}`;

  let composed: DenoPlatform;
  let demo: DemoClinic | undefined;
  const progress = createProgress(Deno.stdout.isTerminal(), (text) =>
    Deno.stdout.writeSync(new TextEncoder().encode(text)),
  );
  try {
    composed = await composeDeno({ ...config, PUBLIC_URL: config.PUBLIC_URL ?? localUrl }, progress.tell, log);
    const { deps } = composed.platform;
    const madeAdmin = await ensureFirstAdmin(deps, config);
    if (config.seedDemo && !madeAdmin) {
      demo = await ensureDemoClinic(deps, config.DATA_DIR, composed.isEmpty, progress.tell);
    }
    progress.end();
    composed.startJobs();
  } catch (error) {
    progress.end();
    await server.shutdown();
    throw error;
  }

  const { platform } = composed;
  const app = createApp();
  handler = async (request, info) => {
    const proxyHeader = config.TRUSTED_PROXY_HEADER;
    const forwarded = proxyHeader === undefined ? null : request.headers.get(proxyHeader);
    const bindings = { platform, clientAddress: clientAddress(forwarded, info.remoteAddr.hostname) };
    return withoutFalseLength(request, await app.fetch(request, bindings));
  };
  const [administrator] = await platform.deps.database.load(platform.deps.loads.identity.anyAdministrator());
  console.log(banner(platform.config, localUrl, demo?.logins ?? [], administrator === true));
  for (const { code, detail } of warningsOf(config)) log.write('warn', code, { detail });
  await demo?.shown();

  let stopping = false;
  const stop = async () => {
    // Asked twice, it goes at once.
    if (stopping) Deno.exit(1);
    stopping = true;
    console.log('Stopping: finishing what is under way …');
    await server.shutdown();
    await composed.close();
    lock.close();
    console.log('Stopped.');
    Deno.exit(0);
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) Deno.addSignalListener(signal, () => void stop());
}

/** The answer until everything is up. */
function starting(request: Request): Response {
  // Alive, though not ready: whoever watches over it must not end it in the middle of a migration (R58).
  if (new URL(request.url).pathname === '/health') return Response.json({ status: 'ok' });
  const requestId = crypto.randomUUID();
  const problem = {
    type: '/problems/unavailable',
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
