/** The portal as a separate process, started as `npm start` starts it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

export interface PortalProcess {
  readonly url: string;
  /** Process id of the launcher. */
  readonly pid: number;
  readonly output: () => string;
  /** The exit code, once the process has ended. */
  readonly ended: Promise<number | null>;
  /** Asks the process to stop, and waits until it has. */
  stop(): Promise<number | null>;
  /** Kills it, as a power cut would. */
  kill(): Promise<void>;
}

interface LaunchOptions {
  /** Largest number of open files and connections. Default: that of this process. */
  readonly descriptors?: number;
  /** Folder of its code, with a trailing slash. Default: this project. */
  readonly root?: string;
  /** The command by which Node starts it. Default: `tools/start.ts` of its code. */
  readonly launcher?: readonly string[];
}

/** @returns once `/ready` answers 200 */
export async function startProcess(
  environment: Readonly<Record<string, string>>,
  options: LaunchOptions = {},
): Promise<PortalProcess> {
  const started = launch(environment, options);
  for (;;) {
    const url = /API\s+(http:\S+)\/api\/v1/.exec(started.output())?.[1];
    if (url !== undefined && (await fetch(`${url}/ready`)).status === 200) return { url, ...started };
    if (started.child.exitCode !== null) throw new Error(`the portal did not start:\n${started.output()}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** Starts the portal and waits until it has given up, to check its message. */
export async function startRefused(
  environment: Readonly<Record<string, string>>,
): Promise<{ code: number | null; output: string }> {
  const started = launch(environment);
  const code = await started.ended;
  return { code, output: started.output() };
}

function launch(environment: Readonly<Record<string, string>>, options: LaunchOptions = {}) {
  const { descriptors, root = ROOT, launcher = [`${root}tools/start.ts`] } = options;
  let output = '';
  const { PATH = '', HOME = '' } = process.env;
  // A process group of its own, so that a kill reaches the runtime behind the launcher.
  const command = [process.execPath, ...launcher];
  const [program = '', ...parameters] =
    descriptors === undefined ? command : ['prlimit', `--nofile=${descriptors}:${descriptors}`, ...command];
  const child: ChildProcess = spawn(program, parameters, {
    env: { PATH, HOME, PORT: '0', NO_COLOR: '1', REQUEST_TIMEOUT_MS: '30000', ...environment },
    detached: true,
  });
  child.stdout?.on('data', (chunk) => {
    output += chunk;
  });
  child.stderr?.on('data', (chunk) => {
    output += chunk;
  });
  // Otherwise the process, being in its own group, would outlive an interrupted test.
  const end = () => {
    if (child.pid !== undefined && child.exitCode === null && child.signalCode === null)
      process.kill(-child.pid, 'SIGKILL');
  };
  process.once('exit', end);
  const ended = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)));
  void ended.then(() => process.off('exit', end));
  return {
    child,
    pid: child.pid ?? 0,
    ended,
    output: () => output,
    async stop() {
      child.kill('SIGTERM');
      return ended;
    },
    async kill() {
      end();
      await ended;
    },
  };
}

/** Reads the development mailbox, which delivers due messages before it answers. */
export async function mailbox(url: string, to: string): Promise<{ subject: string; text: string; codes: string[] }[]> {
  const response = await fetch(`${url}/dev/mailbox?to=${encodeURIComponent(to)}`);
  return ((await response.json()) as { data: { subject: string; text: string; codes: string[] }[] }).data;
}
