import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { smtpChannel } from '../../adapters/channels/smtp.ts';
import { MAIL } from '../support/mail.ts';

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

const channel = (port: number, timeoutMilliseconds: number) =>
  smtpChannel({
    host: 'localhost',
    port,
    tls: 'off',
    credentials: null,
    from: 'portal@clinic.example',
    timeoutMilliseconds,
  });

describe('a server that is away', () => {
  /** Answers each line with what is told of its first word, and nothing where nothing is told. */
  async function startScripted(replies: Readonly<Record<string, string | 'end'>>) {
    const sockets: Socket[] = [];
    const server: Server = createServer((socket) => {
      sockets.push(socket);
      socket.on('error', () => {});
      let isMail = false;
      const say = (word: string) => {
        const text = replies[word];
        if (text === 'end') socket.destroy();
        else if (text !== undefined) socket.write(`${text}\r\n`);
      };
      say('greeting');
      socket.on('data', (chunk) => {
        for (const line of chunk.toString().split('\r\n')) {
          if (isMail && line !== '.') continue;
          const word = line === '.' ? 'dot' : (line.split(' ')[0] ?? '');
          isMail = word === 'DATA';
          if (word !== '') say(word);
        }
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    closing.push(() => {
      for (const socket of sockets) socket.destroy();
      server.close();
    });
    return (server.address() as AddressInfo).port;
  }
  const WELL = { greeting: '220 here', EHLO: '250 here', MAIL: '250 ok', RCPT: '250 ok', DATA: '354 go' };
  const send = async (replies: Readonly<Record<string, string>>) => {
    const port = await startScripted(replies);
    const result = await channel(port, 500).send(MAIL);
    return result.ok ? 'sent' : result.error;
  };

  test('refuses the connection', async () => {
    const port = await startScripted({});
    for (const close of closing.splice(0)) close();
    const result = await channel(port, 10_000).send(MAIL);
    expect(result).toEqual({ ok: false, error: { kind: 'unreachable', detail: 'SMTP: ECONNREFUSED at CONN' } });
  });

  test.each([
    ['says nothing', {}],
    ['hangs after the greeting', { greeting: WELL.greeting }],
    ['hangs at the receiver', { ...WELL, RCPT: undefined }],
  ])('%s: nothing was sent', async (_what, replies) => {
    const refusal = await send(JSON.parse(JSON.stringify(replies)));
    expect(refusal).toEqual({ kind: 'unreachable', detail: 'SMTP: TimeoutError at CONN' });
  });

  test.each([
    ['hangs after the mail', WELL, 'TimeoutError'],
    ['ends after the mail', { ...WELL, dot: 'end' }, 'ECONNECTION'],
  ])('%s: it may have been sent', async (_what, replies, word) => {
    expect(await send(replies)).toEqual({ kind: 'unreachable', detail: `SMTP: ${word} at DATA`, outcome: 'unknown' });
  });

  test('turns us away in its greeting', async () => {
    expect(await send({ greeting: '554 5.7.1 no service for you' })).toMatchObject({ kind: 'unreachable' });
  });

  test('talks nonsense', async () => {
    expect(await send({ greeting: '\u0000\u0001 %PDF' })).toMatchObject({ kind: 'unreachable' });
    expect(await send({ ...WELL, RCPT: 'zzz' })).toEqual({ kind: 'unreachable', detail: 'SMTP: EENVELOPE at RCPT TO' });
    expect(await send({ ...WELL, dot: 'zzz' })).toMatchObject({ kind: 'unreachable', outcome: 'unknown' });
  });
});
