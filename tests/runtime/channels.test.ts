/** The channels that do more than one request of `fetch`, on the runtimes beside Node. */
import { Buffer } from 'node:buffer';
import { spawn } from 'node:child_process';
import { createECDH } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { SMTPServer } from 'smtp-server';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { SmtpOptions } from '../../adapters/channels/smtp-options.ts';
import { PUSH_HOST, type PushServer, startPush } from '../../tools/cloud/push.ts';
import { LOCALHOST } from '../support/localhost-certificate.ts';
import { LOGO } from '../support/mail.ts';
import type { Order } from './channels.fixture.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const fixture = (name: string) => fileURLToPath(new URL(`${name}.fixture.ts`, import.meta.url));

let push: PushServer;
const servers: { port: number; secure: boolean; close(): void }[] = [];
const mails: { readonly isEncrypted: boolean; readonly text: string }[] = [];

beforeAll(async () => {
  push = await startPush();
  for (const secure of [false, true]) {
    const server = new SMTPServer({
      secure,
      key: LOCALHOST.key,
      cert: LOCALHOST.certificate,
      allowInsecureAuth: true,
      onAuth: (_auth, _session, callback) => callback(null, { user: 'portal' }),
      onData(stream, session, callback) {
        let text = '';
        stream.on('data', (chunk: Buffer) => {
          text += String(chunk);
        });
        stream.on('end', () => {
          mails.push({ isEncrypted: session.secure, text });
          callback(null);
        });
      },
    });
    server.on('error', () => {});
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    servers.push({ port: (server.server.address() as AddressInfo).port, secure, close: () => server.close() });
  }
});
afterAll(async () => {
  for (const server of servers) server.close();
  await push.close();
});

/** @param authority given to the channel, if the runtime does not know it by itself */
function order(authority?: string): Order {
  const kinds: readonly SmtpOptions['tls'][] = ['off', 'starttls', 'implicit'];
  const exchange = createECDH('prime256v1');
  const publicKey = exchange.generateKeys().toString('base64url');
  const privateKey = Buffer.from(exchange.getPrivateKey('hex').padStart(64, '0'), 'hex').toString('base64url');
  const smtp = kinds.map((tls) => ({
    host: 'localhost',
    port: servers.find(({ secure }) => secure === (tls === 'implicit'))?.port ?? 0,
    tls,
    credentials: { user: 'portal', password: 'secret' },
    from: 'portal@clinic.example',
    ...(authority === undefined ? {} : { authority }),
  }));
  return {
    smtp,
    push: {
      keys: { subject: 'mailto:it@clinic.example', publicKey, privateKey },
      hosts: [PUSH_HOST],
      gateway: push.url,
    },
    browser: { kind: 'web', ...push.subscribe() },
    account: push.serviceAccount,
    fcmUrl: push.url,
    token: push.register(),
  };
}

/** @returns what the channels answered, or what went wrong */
function answerOf(command: string, parameters: readonly string[], ordered: Order, environment = {}): Promise<string> {
  const child = spawn(command, parameters, { env: { ...process.env, ...environment } });
  child.stdin.end(JSON.stringify(ordered));
  let [output, faults] = ['', ''];
  child.stdout.on('data', (chunk) => {
    output += String(chunk);
  });
  child.stderr.on('data', (chunk) => {
    faults += String(chunk);
  });
  return new Promise((resolve) => child.on('close', (code) => resolve(code === 0 ? output : faults)));
}

async function expectAllSent(sending: () => Promise<string>) {
  const before = [mails.length, push.pushes().length] as const;
  const [, results = ''] = /^(\[.*\])$/m.exec(await sending()) ?? [];
  expect(JSON.parse(results)).toMatchObject(Array.from({ length: 5 }, () => ({ ok: true })));
  expect(mails.slice(before[0]).map(({ isEncrypted }) => isEncrypted)).toEqual([false, true, true]);
  const picture = Buffer.from(LOGO.bytes).toString('base64');
  for (const { text } of mails.slice(before[0])) {
    expect(text).toContain('Content-Type: multipart/related');
    expect(text.replaceAll('\r\n', '')).toContain(picture);
  }
  expect(push.pushes()).toHaveLength(before[1] + 2);
}

test('Deno sends over SMTP and pushes, with the permissions of the portal', async () => {
  const net = [...servers.map(({ port }) => `localhost:${port}`), new URL(push.url).host].join(',');
  const permissions = ['--no-prompt', `--allow-net=${net}`, `--allow-read=${ROOT}`, '--allow-env=NODE_ENV'];
  const parameters = ['run', '--quiet', ...permissions, `--config=${ROOT}deno.json`, fixture('channels-deno')];
  await expectAllSent(() => answerOf(`${ROOT}node_modules/.bin/deno`, parameters, order(LOCALHOST.certificate)));
});

test('a Worker does the same', async () => {
  const folder = await mkdtemp(`${tmpdir()}/portal-authority-`);
  const authority = `${folder}/authority.pem`;
  await writeFile(authority, LOCALHOST.certificate);
  const environment = { NODE_EXTRA_CA_CERTS: authority };
  await expectAllSent(() => answerOf(process.execPath, [fixture('channels-workerd')], order(), environment));
  await rm(folder, { recursive: true });
});
