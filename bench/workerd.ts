/** workerd with the modules of one Worker, without wrangler. */
import { spawn } from 'node:child_process';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { freePort } from '../tests/support/embedded-postgres.ts';

export interface Workerd {
  readonly url: string;
  readonly pid: number;
  output(): string;
  /** CPU time of all its threads since it was started. */
  cpuMilliseconds(): Promise<number>;
  stop(): Promise<void>;
}

/** Longest time until it listens, on a busy machine. */
const START_LIMIT_MS = 60_000;
/** Time without any work after which it has started. */
const IDLE_MS = 150;

/**
 * @param folder for the configuration and the modules, which it embeds
 * @param modules by the name that others import; the first is the entry
 * @returns once it listens and has evaluated the entry
 */
export async function startWorkerd(
  folder: string,
  modules: ReadonlyMap<string, string>,
  variables: Readonly<Record<string, string>>,
): Promise<Workerd> {
  const port = await freePort();
  for (const [name, text] of modules) {
    await mkdir(dirname(`${folder}/${name}`), { recursive: true });
    await writeFile(`${folder}/${name}`, text);
  }
  await writeFile(`${folder}/config.capnp`, await configuration(port, [...modules.keys()], variables));
  const child = spawn('node_modules/workerd/bin/workerd', ['serve', `${folder}/config.capnp`], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const { pid } = child;
  if (pid === undefined) throw new Error('workerd could not be started');
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      output += chunk;
    });
  }
  const until = performance.now() + START_LIMIT_MS;
  while (!(await listensAt(pid, port))) {
    if (child.exitCode !== null || performance.now() > until) {
      child.kill('SIGKILL');
      throw new Error(`workerd does not listen:\n${output}`);
    }
    await setTimeout(5);
  }
  await untilIdle(pid);
  return {
    url: `http://127.0.0.1:${port}`,
    pid,
    output: () => output,
    cpuMilliseconds: () => cpuOf(pid),
    async stop() {
      child.kill('SIGKILL');
      await exited;
    },
  };
}

async function configuration(port: number, names: readonly string[], variables: Readonly<Record<string, string>>) {
  const settings = await readFile('wrangler.toml', 'utf8');
  const [, date] = /^compatibility_date = "(.*)"$/m.exec(settings) ?? [];
  const [, flags = ''] = /^compatibility_flags = \[(.*)\]$/m.exec(settings) ?? [];
  const modules = names.map((name) => `(name = "${name}", esModule = embed "${name}")`);
  const bindings = Object.entries(variables).map(
    ([name, value]) => `(name = "${name}", text = ${JSON.stringify(value)})`,
  );
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "main", worker = .worker),
    # The stand-ins are on this machine, which workerd refuses to call by default.
    (name = "internet", network = (allow = ["public", "private"], tlsOptions = (trustBrowserCas = true))),
  ],
  sockets = [(name = "http", address = "127.0.0.1:${port}", http = (), service = "main")],
);
const worker :Workerd.Worker = (
  modules = [${modules.join(', ')}],
  compatibilityDate = "${date}",
  compatibilityFlags = [${flags}],
  bindings = [${bindings.join(', ')}],
);
`;
}

/** It listens before it has evaluated anything. */
async function untilIdle(pid: number): Promise<void> {
  for (let last = -1, now = 0; now !== last; ) {
    last = now;
    await setTimeout(IDLE_MS);
    now = await cpuOf(pid);
  }
}

/** Without a connection, which the process would have to serve. */
async function listensAt(pid: number, port: number): Promise<boolean> {
  const wanted = `:${port.toString(16).toUpperCase().padStart(4, '0')} `;
  const sockets = await readFile(`/proc/${pid}/net/tcp`, 'utf8').catch(() => '');
  return sockets.split('\n').some((line) => line.includes(wanted) && / 0A /.test(line));
}

/** The operating system counts nanoseconds for each thread. */
async function cpuOf(pid: number): Promise<number> {
  const threads = await readdir(`/proc/${pid}/task`);
  const times = await Promise.all(
    threads.map(async (thread) =>
      Number((await readFile(`/proc/${pid}/task/${thread}/schedstat`, 'utf8')).split(' ')[0]),
    ),
  );
  return times.reduce((sum, nanoseconds) => sum + nanoseconds, 0) / 1e6;
}

/** The modules that `tools/worker/build.mjs` has built; the first is the entry. */
export async function builtModules(): Promise<ReadonlyMap<string, string>> {
  const parts = (await readdir('.worker/parts')).filter((name) => name.endsWith('.js')).map((name) => `parts/${name}`);
  const names = ['worker.js', ...parts];
  return new Map(
    await Promise.all(names.map(async (name) => [name, await readFile(`.worker/${name}`, 'utf8')] as const)),
  );
}
