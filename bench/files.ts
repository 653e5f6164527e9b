/**
 * Files through the running product: 100 MB up (as a form, to a signed address, in appends) and down, beside a bare copy through
 * another server; memory of the server at its peak; and 50 uploads and downloads at once.
 *
 *     npm run bench:files -- [--down] [folder | s3] [megabytes]     default: both, 100
 *
 * `--down`: only the downloads. Linux only. S3 is the server of `tools/s3-server`, in the process of this benchmark.
 */
import { spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { startProcess } from '../tests/runtime/deno-process.ts';
import { startS3Server } from '../tests/support/s3-server.ts';
import { median } from './processes.ts';

const COPY_SERVER = fileURLToPath(new URL('copy-server.ts', import.meta.url));
const DENO = fileURLToPath(new URL('../node_modules/.bin/deno', import.meta.url));
const RUNS = 5;
const AT_ONCE = 50;
const SMALL_MB = 10;
const MEGABYTE = 1_000_000;
const CHUNK = Buffer.alloc(64 * 1024, 'haemoglobin 14.1 g/dl\n');

const onlyDown = process.argv.includes('--down');
const given = process.argv.slice(2).filter((each) => each !== '--down');
const [place, size = '100'] = /^\d+$/.test(given[0] ?? '') ? [undefined, given[0]] : given;
const BYTES = Number(size) * MEGABYTE;

// The servers and the folder are ended and removed when this process exits, which a signal alone does not do.
for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const)
  process.once(signal, () => process.exit(code));

interface Sent {
  readonly method: string;
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly before?: string;
  readonly sizeBytes?: number;
  readonly after?: string;
}

interface Answer {
  readonly status: number;
  readonly retryAfter: number;
  readonly text: string;
  readonly received: number;
}

/** Sends text of a size without having it in memory, and counts what comes back. */
function send({ method, url, headers = {}, before = '', sizeBytes = 0, after = '' }: Sent): Promise<Answer> {
  const length = Buffer.byteLength(before) + sizeBytes + Buffer.byteLength(after);
  const all = { ...headers, ...(method === 'GET' ? {} : { 'Content-Length': String(length) }) };
  return new Promise((resolve, reject) => {
    const sent = request(url, { method, headers: all }, (incoming) => {
      let [text, received] = ['', 0];
      incoming.on('data', (chunk: Buffer) => {
        received += chunk.length;
        if (text.length < 10_000) text += chunk.toString('latin1');
      });
      incoming.on('end', () => {
        const retryAfter = Number(incoming.headers['retry-after'] ?? 0);
        resolve({ status: incoming.statusCode ?? 0, retryAfter, text, received });
      });
      incoming.on('error', reject);
    });
    // A server that answers early stops reading: its answer counts.
    sent.on('error', (error: NodeJS.ErrnoException) => (error.code === 'EPIPE' ? undefined : reject(error)));
    sent.write(before);
    let left = sizeBytes;
    const pump = () => {
      while (left > 0 && !sent.destroyed) {
        const piece = CHUNK.subarray(0, Math.min(left, CHUNK.length));
        left -= piece.length;
        if (!sent.write(piece)) return void sent.once('drain', pump);
      }
      sent.end(after);
    };
    pump();
  });
}

/** The process that serves: the last one that the launcher has started. */
async function serverOf(pid: number): Promise<number> {
  const [child = ''] = (await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8')).trim().split(' ');
  return child === '' ? pid : serverOf(Number(child));
}

const megabytesOf = async (pid: number, what: 'VmRSS' | 'VmHWM') =>
  Number(new RegExp(`${what}:\\s+(\\d+)`).exec(await readFile(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;
/** From now on the peak counts anew (proc(5)). */
const forgetPeak = (pid: number) => writeFile(`/proc/${pid}/clear_refs`, '5');

async function timed<T>(work: () => Promise<T>): Promise<[seconds: number, value: T]> {
  const begin = performance.now();
  const value = await work();
  return [(performance.now() - begin) / 1000, value];
}

class Portal {
  readonly #url: string;
  readonly #authorization: string;

  constructor(url: string, token: string) {
    this.#url = `${url}/api/v1`;
    this.#authorization = `Bearer ${token}`;
  }

  send(method: string, path: string, more: Partial<Sent> = {}): Promise<Answer> {
    const headers = { Authorization: this.#authorization, ...more.headers };
    return send({ method, url: `${this.#url}${path}`, ...more, headers });
  }

  form(sizeBytes: number): Promise<Answer> {
    const field = (name: string, more: string) =>
      `--b\r\nContent-Disposition: form-data; name="${name}"${more}\r\n\r\n`;
    return this.send('POST', '/files/upload', {
      headers: { 'Content-Type': 'multipart/form-data; boundary=b' },
      before: `${field('fileType', '')}other\r\n${field('file', '; filename="a.txt"\r\nContent-Type: text/plain')}`,
      sizeBytes,
      after: '\r\n--b--\r\n',
    });
  }

  async #begin(sizeBytes: number) {
    const file = { filename: 'a.txt', mimeType: 'text/plain', sizeBytes, fileType: 'other' };
    const headers = { 'Content-Type': 'application/json' };
    return JSON.parse((await this.send('POST', '/files', { headers, before: JSON.stringify(file) })).text) as {
      readonly id: string;
      readonly uploadUrl: string | null;
      readonly parts: readonly { readonly uploadUrl: string; readonly sizeBytes: number }[];
    };
  }

  async direct(sizeBytes: number): Promise<Answer> {
    const { id, uploadUrl, parts } = await this.#begin(sizeBytes);
    const puts = uploadUrl === null ? parts : [{ uploadUrl, sizeBytes }];
    for (const put of puts) {
      const { pathname, search } = new URL(put.uploadUrl);
      expectStatus(
        204,
        await this.send('PUT', `${pathname}${search}`.replace('/api/v1', ''), { sizeBytes: put.sizeBytes }),
      );
    }
    return this.send('POST', `/files/${id}/complete`);
  }

  async appended(sizeBytes: number): Promise<Answer> {
    const { id } = await this.#begin(sizeBytes);
    const headers = { 'Content-Type': 'application/partial-upload', 'Upload-Offset': '0', 'Upload-Complete': '?1' };
    return this.send('PATCH', `/files/${id}/upload`, { headers, sizeBytes });
  }

  /** @returns the id of a file that can be downloaded */
  async stored(sizeBytes: number): Promise<string> {
    const { id } = JSON.parse((await persistently(() => this.form(sizeBytes), 201)).text) as { readonly id: string };
    await this.clean(id);
    return id;
  }

  async clean(id: string): Promise<void> {
    while (!(await this.send('GET', `/files/${id}`)).text.includes('"state":"clean"'))
      await new Promise((wake) => setTimeout(wake, 200));
  }
}

function expectStatus(status: number, answer: Answer): Answer {
  if (answer.status !== status) throw new Error(`${answer.status} instead of ${status}: ${answer.text.slice(0, 500)}`);
  return answer;
}

/** Repeats what is refused with 503 when the portal says. @returns how often it was refused */
async function persistently(
  work: () => Promise<Answer>,
  status: number,
): Promise<{ readonly refused: number; readonly text: string }> {
  for (let refused = 0; ; refused++) {
    const answer = await work();
    if (answer.status !== 503) return { refused, text: expectStatus(status, answer).text };
    await new Promise((wake) => setTimeout(wake, answer.retryAfter * 1000));
  }
}

async function startCopy(folder: string) {
  const child = spawn(DENO, ['run', '-A', '--quiet', COPY_SERVER, `${folder}/copy`], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  process.once('exit', () => child.kill('SIGKILL'));
  for await (const line of createInterface(child.stdout)) {
    return {
      url: `http://127.0.0.1:${(JSON.parse(line) as { port: number }).port}/`,
      stop: () => child.kill('SIGKILL'),
    };
  }
  throw new Error('the bare server did not start');
}

async function oneAfterAnother(portal: Portal, pid: number, copy: string): Promise<void> {
  const ids: string[] = [];
  const ways: readonly (readonly [name: string, isUp: boolean, run: () => Promise<Answer>])[] = [
    ['up as a form', true, () => portal.form(BYTES)],
    ['up to signed addresses', true, () => portal.direct(BYTES)],
    ['up by one append', true, () => portal.appended(BYTES)],
    ['down', false, () => portal.send('GET', `/files/${ids[0]}/download`)],
  ];
  if (onlyDown) {
    await send({ method: 'POST', url: copy, sizeBytes: BYTES });
    ids.push(await portal.stored(BYTES));
  }
  for (const [name, isUp, run] of ways.filter(([, isUp]) => !(onlyDown && isUp))) {
    const [ratios, rates]: [number[], number[]] = [[], []];
    await forgetPeak(pid);
    const idle = await megabytesOf(pid, 'VmRSS');
    for (let n = 0; n < RUNS; n++) {
      const [bare] = await timed(() =>
        send(isUp ? { method: 'POST', url: copy, sizeBytes: BYTES } : { method: 'GET', url: copy }),
      );
      const [seconds, answer] = await timed(run);
      if (isUp) ids.push((JSON.parse(answer.text) as { id: string }).id);
      else if (expectStatus(200, answer).received !== BYTES) throw new Error(`${answer.received} bytes came down`);
      ratios.push(bare / seconds);
      rates.push(BYTES / MEGABYTE / seconds);
    }
    const peak = await megabytesOf(pid, 'VmHWM');
    console.log(
      `${name.padEnd(24)} ${median(rates).toFixed(0).padStart(5)} MB/s, ${median(ratios).toFixed(2)} of the bare copy; memory ${idle.toFixed(0)} MB before, ${peak.toFixed(0)} MB at its peak`,
    );
    for (const id of ids) await portal.clean(id);
  }
}

async function manyAtOnce(portal: Portal, pid: number): Promise<void> {
  const all = <T>(work: (n: number) => Promise<T>) => Promise.all(Array.from({ length: AT_ONCE }, (_, n) => work(n)));
  const measured = async (what: string, work: (n: number) => Promise<{ readonly refused: number }>) => {
    await forgetPeak(pid);
    const idle = await megabytesOf(pid, 'VmRSS');
    const [seconds, list] = await timed(() => all(work));
    const refused = list.reduce((sum, each) => sum + each.refused, 0);
    const peak = await megabytesOf(pid, 'VmHWM');
    console.log(
      `${AT_ONCE} of ${SMALL_MB} MB ${what.padEnd(5)} all ended in ${seconds.toFixed(1)} s, after ${refused} answers 503; memory ${idle.toFixed(0)} MB before, ${peak.toFixed(0)} MB at its peak`,
    );
  };
  if (!onlyDown) await measured('up:', () => persistently(() => portal.form(SMALL_MB * MEGABYTE), 201));
  const id = await portal.stored(SMALL_MB * MEGABYTE);
  await measured('down:', () => persistently(() => portal.send('GET', `/files/${id}/download`), 200));
}

async function measure(name: string, settings: Readonly<Record<string, string>>): Promise<void> {
  const folder = await mkdtemp(`${tmpdir()}/bench-files-`);
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  const copy = await startCopy(folder);
  const server = await startProcess({
    DATA_DIR: folder,
    FILE_SCANNER: 'none',
    FILE_MAX_MB: String(Number(size) + 1),
    FILE_QUOTA_MB: '100000',
    RATE_LIMIT_FACTOR: '0',
    LOG_LEVEL: 'error',
    ...settings,
  });
  try {
    const password = /password of all accounts: (\S+)/.exec(server.output())?.[1] ?? '';
    const signedIn = await send({
      method: 'POST',
      url: `${server.url}/api/v1/auth/login`,
      headers: { 'Content-Type': 'application/json' },
      before: JSON.stringify({ email: 'patient@demo.example', password }),
    });
    const portal = new Portal(server.url, (JSON.parse(signedIn.text) as { accessToken: string }).accessToken);
    const pid = await serverOf(server.pid);
    console.log(`\n${name}, embedded, files of ${size} MB, median of ${RUNS}`);
    await portal.form(BYTES);
    await oneAfterAnother(portal, pid, copy.url);
    await manyAtOnce(portal, pid);
  } finally {
    copy.stop();
    await server.kill();
    await rm(folder, { recursive: true, force: true });
  }
}

if (place !== 's3') await measure('A folder', {});
if (place !== 'folder') {
  const server = await startS3Server();
  const { accessKeyId, secretAccessKey } = server.place;
  await measure('S3', { S3_URL: `http://${accessKeyId}:${secretAccessKey}@127.0.0.1:${server.port}/files` });
  await server.stop();
}
