import { Buffer } from 'node:buffer';
import { execFileSync } from 'node:child_process';
import type { AddressInfo } from 'node:net';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';
import { afterEach, describe, expect, test } from 'vitest';
import { smtpChannel } from '../../adapters/channels/smtp.ts';
import type { SmtpOptions } from '../../adapters/channels/smtp-options.ts';
import { LOCALHOST } from '../support/localhost-certificate.ts';
import { LOGO, MAIL } from '../support/mail.ts';

const ICS = {
  filename: 'appointment.ics',
  type: 'text/calendar',
  text: 'BEGIN:VCALENDAR\r\nMETHOD:CANCEL\r\nEND:VCALENDAR\r\n',
};
const CREDENTIALS = { user: 'portal', password: 'secret' };

const HTML = `<p><img src="cid:${LOGO.contentId}" alt="Park"></p>`;

/** Python's `email`. */
const READER = `
import email, email.policy, json, sys
mail = email.message_from_bytes(sys.stdin.buffer.read(), policy=email.policy.default)
def tree(part):
    if not part.is_multipart(): return part.get_content_type()
    return part.get_content_subtype() + '(' + ' '.join(tree(each) for each in part.iter_parts()) + ')'
parts = list(mail.walk())
related = [part for part in parts if part.get_content_type() == 'multipart/related']
json.dump({
  'tree': tree(mail),
  'root': related[0].get_param('type') if related else None,
  'defects': [str(defect) for part in parts for defect in part.defects],
  'html': mail.get_body(('html',)).get_content(),
  'pictures': [{'id': part['content-id'], 'disposition': part.get_content_disposition(), 'filename': part.get_filename(),
    'bytes': part.get_payload(decode=True).hex()} for part in parts if part.get_content_maintype() == 'image'],
}, sys.stdout)`;

const readByPython = (mail: string) =>
  JSON.parse(execFileSync('python3', ['-c', READER], { input: mail, encoding: 'utf8' }));

interface Received {
  readonly from: string;
  readonly to: readonly string[];
  readonly mail: string;
  readonly isEncrypted: boolean;
  readonly user: string | undefined;
}

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

/** An error with the reply that the server gives. */
const reply = (responseCode: number, message: string) => Object.assign(new Error(message), { responseCode });

async function startServer(options: SMTPServerOptions = {}) {
  const received: Received[] = [];
  const server = new SMTPServer({
    key: LOCALHOST.key,
    cert: LOCALHOST.certificate,
    authOptional: true,
    onAuth({ username, password }, _session, callback) {
      const isRight = username === CREDENTIALS.user && password === CREDENTIALS.password;
      if (isRight) callback(null, { user: username });
      else callback(reply(535, '5.7.8 authentication failed for portal'));
    },
    onData(stream, { envelope, secure, user }, callback) {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        received.push({
          from: envelope.mailFrom === false ? '' : envelope.mailFrom.address,
          to: envelope.rcptTo.map(({ address }) => address),
          mail: Buffer.concat(chunks).toString(),
          isEncrypted: secure,
          user: typeof user === 'string' ? user : undefined,
        });
        callback(null, 'queued as 4F2');
      });
    },
    ...options,
  });
  server.on('error', () => {});
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(() => server.close());
  return { received, port: (server.server.address() as AddressInfo).port };
}

const channel = (port: number, options: Partial<SmtpOptions> = {}) =>
  smtpChannel({
    host: 'localhost',
    port,
    tls: 'starttls',
    credentials: null,
    from: 'portal@clinic.example',
    authority: LOCALHOST.certificate,
    timeoutMilliseconds: 10_000,
    ...options,
  });

describe('a mail over SMTP', () => {
  test.each([
    ['STARTTLS', { tls: 'starttls', secure: false }],
    ['TLS from the start', { tls: 'implicit', secure: true }],
  ] as const)('arrives by %s, signed in', async (_how, { tls, secure }) => {
    const { received, port } = await startServer({ secure, authOptional: false });
    const result = await channel(port, { tls, credentials: CREDENTIALS }).send(MAIL);
    expect(result).toEqual({ ok: true, value: { providerId: `<${MAIL.id}@clinic.example>` } });
    expect(received).toMatchObject([
      { from: 'portal@clinic.example', to: ['ana@example.org'], isEncrypted: true, user: 'portal' },
    ]);
    const [mail = ''] = received.map((each) => each.mail);
    expect(mail).toContain('Subject: =?UTF-8?Q?Gr=C3=BC=C3=9Fe?=');
    expect(mail).toContain(`Message-ID: <${MAIL.id}@clinic.example>`);
    expect(mail).toContain('Auto-Submitted: auto-generated');
    expect(mail).toContain('Hallo Ana');
    expect(mail).toContain('<p>Hallo Ana</p>');
    expect(mail).not.toContain('List-Unsubscribe');
  });

  test('arrives unencrypted only where that is set', async () => {
    const { received, port } = await startServer({ disabledCommands: ['STARTTLS'] });
    expect(await channel(port).send(MAIL)).toMatchObject({ error: { kind: 'unreachable' } });
    expect(received).toEqual([]);
    expect((await channel(port, { tls: 'off' }).send(MAIL)).ok).toBe(true);
    expect(received).toMatchObject([{ isEncrypted: false }]);
  });

  test.each(['starttls', 'implicit'] as const)('does not go to a server that nobody vouches for: %s', async (tls) => {
    const { received, port } = await startServer({ secure: tls === 'implicit' });
    const { authority: _none, ...rest } = { authority: '' };
    const untrusted = smtpChannel({
      host: 'localhost',
      port,
      tls,
      credentials: null,
      from: 'portal@clinic.example',
      ...rest,
    });
    const result = await untrusted.send(MAIL);
    expect(result).toMatchObject({ ok: false, error: { kind: 'unreachable' } });
    expect(result).not.toHaveProperty('error.outcome');
    expect(received).toEqual([]);
  });

  test('has its calendar file as a part of the text and as a file, and says how to unsubscribe', async () => {
    const { received, port } = await startServer();
    const message = { ...MAIL, attachments: [ICS], unsubscribeUrl: 'https://portal.example/u/abc' };
    expect((await channel(port).send(message)).ok).toBe(true);
    const [mail = ''] = received.map((each) => each.mail);
    expect(mail).toMatch(/Content-Type: text\/calendar; charset=utf-8; method=CANCEL/);
    expect(mail).toMatch(/Content-Disposition: attachment; filename=appointment\.ics/);
    expect(mail).toContain('List-Unsubscribe: <https://portal.example/u/abc>');
    expect(mail).toContain('List-Unsubscribe-Post: List-Unsubscribe=One-Click');
  });

  test.each([
    ['alone', { picture: LOGO }, 'alternative(text/plain related(text/html image/png))'],
    [
      'beside a calendar file',
      { picture: LOGO, attachments: [ICS] },
      'mixed(alternative(text/plain related(text/html image/png) text/calendar) application/ics)',
    ],
    ['not at all', { attachments: [ICS] }, 'mixed(alternative(text/plain text/html text/calendar) application/ics)'],
  ])('has its picture beside the HTML that shows it, as a foreign reader finds: %s', async (_how, change, tree) => {
    const { received, port } = await startServer();
    expect((await channel(port).send({ ...MAIL, html: HTML, ...change })).ok).toBe(true);
    const read = readByPython(received[0]?.mail ?? '');
    expect(read.tree).toBe(tree);
    expect(read.defects).toEqual([]);
    if (!('picture' in change)) return expect(read.pictures).toEqual([]);
    expect(read.html).toContain(`src="cid:${LOGO.contentId}"`);
    // The HTML is the root of what belongs together, and says so (RFC 2387 section 3.1).
    expect(read.root).toBe('text/html');
    expect(read.pictures).toEqual([
      {
        id: `<${LOGO.contentId}>`,
        disposition: 'inline',
        filename: LOGO.filename,
        bytes: Buffer.from(LOGO.bytes).toString('hex'),
      },
    ]);
  });

  test('keeps its own headers, whatever is in the subject', async () => {
    const { received, port } = await startServer();
    const subject = 'Hi\r\nBcc: eve@example.org\r\n\r\n<script>';
    expect((await channel(port).send({ ...MAIL, subject })).ok).toBe(true);
    const [head = ''] = (received[0]?.mail ?? '').split('\r\n\r\n');
    expect(head).not.toMatch(/^Bcc:/im);
    expect(received[0]?.to).toEqual(['ana@example.org']);
  });

  test.each([
    'ana@example.org\r\nBcc: eve@example.org',
    'ana@example.org, eve@example.org',
    'ana@example.org> SIZE=1',
    '"ana"@example.org',
    'ana',
    '',
  ])('never goes to an address that is more than one: %j', async (to) => {
    const { received, port } = await startServer();
    expect(await channel(port).send({ ...MAIL, to })).toMatchObject({
      error: { kind: 'permanent', reason: 'no_such_receiver' },
    });
    expect(received).toEqual([]);
  });
});

describe('what a mail server refuses', () => {
  const refusing = async (options: SMTPServerOptions, settings: Partial<SmtpOptions> = {}) => {
    const { port, received } = await startServer(options);
    const result = await channel(port, settings).send(MAIL);
    expect(received).toEqual([]);
    return result.ok ? 'sent' : result.error;
  };
  const atRcpt = (code: number, text: string) =>
    refusing({ onRcptTo: (_address, _session, callback) => callback(reply(code, text)) });

  test.each([
    [550, '5.1.1 <ana@example.org> unknown', { kind: 'permanent', reason: 'no_such_receiver' }],
    [550, 'ana@example.org unknown', { kind: 'permanent', reason: 'no_such_receiver' }],
    [550, '5.2.1 mailbox closed', { kind: 'permanent', reason: 'no_such_receiver' }],
    [550, '5.7.1 not welcome', { kind: 'permanent' }],
    [552, '5.2.2 mailbox full', { kind: 'permanent' }],
    [450, '4.2.0 greylisted', { kind: 'transient', retryAfterSeconds: 300 }],
    [451, '4.7.1 try again later', { kind: 'transient', retryAfterSeconds: 300 }],
    [452, '4.5.3 too many', { kind: 'transient' }],
  ])('at the receiver: %i %s', async (code, text, meaning) => {
    const status = /^\d\.\d\.\d/.exec(text)?.[0];
    const detail = `SMTP answered ${code}${status === undefined ? '' : ` ${status}`} to RCPT`;
    expect(await atRcpt(code, text)).toEqual({ ...meaning, detail });
  });

  test('a server that closes is away, whatever it was asked', async () => {
    expect(await atRcpt(421, '4.3.2 closing')).toEqual({
      kind: 'unreachable',
      detail: 'SMTP answered 421 4.3.2 to CONN',
    });
  });

  test('a greylisted mail is taken at a later attempt', async () => {
    let attempts = 0;
    const { port, received } = await startServer({
      onRcptTo: (_address, _session, callback) => callback(attempts++ === 0 ? reply(450, '4.2.0 greylisted') : null),
    });
    expect(await channel(port).send(MAIL)).toMatchObject({ error: { kind: 'transient' } });
    expect((await channel(port).send(MAIL)).ok).toBe(true);
    expect(received).toHaveLength(1);
  });

  test('the sender is ours', async () => {
    const onMailFrom: SMTPServerOptions['onMailFrom'] = (_address, _session, callback) =>
      callback(reply(553, 'not you'));
    expect(await refusing({ onMailFrom })).toMatchObject({ kind: 'unreachable', reason: 'rejected' });
  });

  test('a wrong password and a missing one are ours', async () => {
    const wrong = { credentials: { user: 'portal', password: 'guess' } };
    const refusal = await refusing({ authOptional: false }, wrong);
    expect(refusal).toEqual({ kind: 'unreachable', reason: 'rejected', detail: 'SMTP answered 535 5.7.8 to AUTH' });
    expect(await refusing({ authOptional: false })).toMatchObject({ kind: 'unreachable', reason: 'rejected' });
  });

  const atData = (code: number, text: string) =>
    refusing({
      onData(stream, _session, callback) {
        stream.resume();
        stream.on('end', () => callback(reply(code, text)));
      },
    });

  test.each([
    [554, '5.7.1 looks like spam', { kind: 'permanent' }],
    [552, '5.3.4 too large', { kind: 'permanent', reason: 'too_large' }],
    [451, '4.3.0 no room', { kind: 'transient' }],
  ])('at the mail itself: %i %s', async (code, text, meaning) => {
    expect(await atData(code, text)).toEqual({
      ...meaning,
      detail: `SMTP answered ${code} ${text.slice(0, 5)} to DATA`,
    });
  });

  test('a mail that is larger than the server says that it takes is not begun', async () => {
    expect(await refusing({ size: 100 })).toMatchObject({ kind: 'permanent', reason: 'too_large' });
  });
});
