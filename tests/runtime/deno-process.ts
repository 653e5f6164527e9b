/** The portal as a process of its own, started as `npm start` starts it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

export interface PortalProcess {
  readonly url: string;
  /** Of the launcher. */
  readonly pid: number;
  readonly output: () => string;
  /** Its exit code, once it has ended. */
  readonly ended: Promise<number | null>;
  /** Asks it to stop, and waits until it has. */
  stop(): Promise<number | null>;
  /** Ends it as a power cut would. */
  kill(): Promise<void>;
}

interface LaunchOptions {
  /** How many files and connections it may have open. Default: as many as this process. */
  readonly descriptors?: number;
  /** Where its code is, with a slash at the end. Default: here. */
  readonly root?: string;
  /** How Node starts it. Default: `tools/start.ts` of its code. */
  readonly launcher?: readonly string[];
}

/** @returns when `/ready` answers 200 */
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

/** Starts it and waits until it has given up, for what it says then. */
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
  // A process group of its own, so that killing reaches the runtime behind the launcher.
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
  // Being in a group of its own, it would outlive a test that is interrupted.
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

/** Reads the development mailbox, which delivers what is due before it answers. */
export async function mailbox(url: string, to: string): Promise<{ subject: string; codes: string[] }[]> {
  const response = await fetch(`${url}/dev/mailbox?to=${encodeURIComponent(to)}`);
  return ((await response.json()) as { data: { subject: string; codes: string[] }[] }).data;
}
