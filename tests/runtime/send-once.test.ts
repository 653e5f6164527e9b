import { execFile } from 'node:child_process';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, expect, test } from 'vitest';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const FIXTURE = fileURLToPath(new URL('send-once.fixture.ts', import.meta.url));

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

/** @returns what arrived, and the results of the channels */
async function send(answers: boolean) {
  const arrived: { path: string; text: string }[] = [];
  const server = createServer(async (request, answer) => {
    const chunks: Uint8Array[] = [];
    for await (const chunk of request) chunks.push(chunk);
    arrived.push({ path: request.url?.split('/')[1] ?? '', text: Buffer.concat(chunks).toString() });
    if (answers) answer.writeHead(202, { 'Content-Type': 'application/json' }).end('{"sid":"SM1"}');
    else request.socket.destroy();
  });
  closing.push(() => server.close());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const deno = `${ROOT}node_modules/.bin/deno`;
  const parameters = ['run', '-A', '--quiet', `--config=${ROOT}deno.json`, FIXTURE, url];
  const { stdout } = await promisify(execFile)(deno, parameters);
  return { arrived, sent: JSON.parse(stdout) as boolean[] };
}

test('R83: under Deno, a message whose provider breaks the connection is sent once', async () => {
  const { arrived, sent } = await send(false);
  expect(arrived.map(({ path }) => path)).toEqual(['v3', '2010-04-01']);
  expect(sent).toEqual([false, false]);
});

test('and arrives completely', async () => {
  const { arrived, sent } = await send(true);
  expect(sent).toEqual([true, true]);
  const [mail, text] = arrived.map((each) => each.text);
  expect(JSON.parse(mail ?? '')).toMatchObject({
    subject: 'Grüße',
    personalizations: [{ to: [{ email: 'maria@example.org' }] }],
  });
  expect(Object.fromEntries(new URLSearchParams(text))).toEqual({
    To: '+15005550009',
    From: '+15005550006',
    Body: 'Grüße',
  });
});
