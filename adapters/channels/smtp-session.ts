/** One mail in one SMTP session. The whole of nodemailer is not loaded: only what writes MIME and what speaks SMTP. */
import net from 'node:net';
import { Readable } from 'node:stream';
import tls from 'node:tls';
import MailComposer from 'nodemailer/lib/mail-composer';
import SMTPConnection from 'nodemailer/lib/smtp-connection';
import type { Attachment, InlinePicture, OutgoingMessage, SendResult } from '../../domain/notifications/ports.ts';
import { ok, refuse } from '../../domain/shared/result.ts';
import type { SmtpOptions } from './smtp-options.ts';
import { smtpRefusal } from './smtp-replies.ts';

const TIMEOUT_MS = 20_000;
type Mail = Omit<OutgoingMessage, 'channel' | 'to'> & { readonly to: string };

export async function sendMail(options: SmtpOptions, message: Mail): Promise<SendResult> {
  const domain = options.from.slice(options.from.lastIndexOf('@') + 1);
  // The same for every attempt, so that a mailbox can recognise a mail that it has already.
  const messageId = `<${message.id}@${domain}>`;
  const source = await compose(message, options.from, messageId);
  let isHandedOver = false;
  const session = new AbortController();
  const timer = setTimeout(() => session.abort(), options.timeoutMilliseconds ?? TIMEOUT_MS);
  try {
    const socket = await connect(options, session.signal);
    await speak(socket, options, domain, session.signal, async (smtp) => {
      const body = Readable.from(
        (function* () {
          // nodemailer reads the source once the server has accepted the receiver and asked for the mail.
          isHandedOver = true;
          yield source;
        })(),
      );
      const envelope = { from: options.from, to: [message.to], size: source.length };
      await done((callback) => smtp.send(envelope, body, callback));
    });
    return ok({ providerId: messageId });
  } catch (error) {
    return refuse(smtpRefusal(error, isHandedOver));
  } finally {
    clearTimeout(timer);
  }
}

function compose(message: Mail, from: string, messageId: string): Promise<Buffer> {
  const { subject, text, html, picture, unsubscribeUrl } = message;
  const [calendars, files] = [
    message.attachments.filter(isCalendar),
    message.attachments.filter((file) => !isCalendar(file)),
  ];
  const [calendar, ...others] = calendars;
  return new MailComposer({
    from: { name: '', address: from },
    to: { name: '', address: message.to },
    subject,
    text,
    html,
    messageId,
    ...(calendar === undefined ? {} : { icalEvent: event(calendar) }),
    attachments: [
      ...[...others, ...files].map(({ filename, type, text }) => ({ filename, contentType: type, content: text })),
      ...(picture === undefined ? [] : [related(picture)]),
    ],
    headers: {
      // No automatic answers to what a program has sent (RFC 3834).
      'Auto-Submitted': 'auto-generated',
      ...(unsubscribeUrl === undefined
        ? {}
        : { 'List-Unsubscribe': `<${unsubscribeUrl}>`, 'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click' }),
    },
    disableFileAccess: true,
    disableUrlAccess: true,
    newline: 'win',
  })
    .compile()
    .build();
}

/** A part beside the HTML that shows it (RFC 2387). */
function related({ contentId, filename, type, bytes }: InlinePicture) {
  const content = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  return { cid: contentId, filename, contentType: type, contentDisposition: 'inline' as const, content };
}

const isCalendar = ({ type }: Attachment) => type === 'text/calendar';

/** Also a part of the text, which calendars of mail programs offer to add. The method must be that of the file (RFC 6047). */
function event({ filename, text }: Attachment) {
  const method = /^METHOD:([A-Z]+)\r?$/m.exec(text)?.[1] ?? 'PUBLISH';
  return { method, filename, content: text };
}

/** nodemailer's own look-up of host names does not work on Workers, so it gets a socket that is connected. */
function connect({ host, port, tls: mode, authority }: SmtpOptions, signal: AbortSignal): Promise<net.Socket> {
  const trust = authority === undefined ? {} : { ca: [authority] };
  const name = net.isIP(host) === 0 ? { servername: host } : {};
  const socket = mode === 'implicit' ? tls.connect({ host, port, ...name, ...trust }) : net.connect({ host, port });
  return new Promise((resolve, reject) => {
    const end = (error: Error) => {
      socket.destroy();
      reject(error);
    };
    socket.once('error', end);
    signal.addEventListener('abort', () => end(new Error('TimeoutError')), { once: true });
    socket.once(mode === 'implicit' ? 'secureConnect' : 'connect', () => {
      socket.removeListener('error', end);
      resolve(socket);
    });
  });
}

/** Greets, encrypts, signs in, does the work, and takes leave. Whatever goes wrong in the session ends the work. */
async function speak(
  connection: net.Socket,
  { host, port, tls: mode, credentials, authority }: SmtpOptions,
  name: string,
  signal: AbortSignal,
  work: (smtp: SMTPConnection) => Promise<void>,
): Promise<void> {
  const smtp = new SMTPConnection({
    host,
    port,
    connection,
    name,
    secure: mode === 'implicit',
    secured: mode === 'implicit',
    requireTLS: mode === 'starttls',
    ignoreTLS: mode === 'off',
    ...(authority === undefined ? {} : { tls: { ca: [authority] } }),
  });
  const broken = Promise.withResolvers<never>();
  smtp.once('error', broken.reject);
  smtp.on('error', () => {});
  signal.addEventListener('abort', () => broken.reject(new Error('TimeoutError')), { once: true });
  const session = async () => {
    await done((callback) => smtp.connect(callback));
    if (credentials !== null) {
      const { user, password } = credentials;
      await done((callback) => smtp.login({ credentials: { user, pass: password } }, callback));
    }
    await work(smtp);
  };
  try {
    await Promise.race([session(), broken.promise]);
    smtp.quit();
  } catch (error) {
    smtp.close();
    throw error;
  }
}

function done(start: (callback: (error?: Error | null) => void) => void): Promise<void> {
  return new Promise((resolve, reject) => start((error) => (error ? reject(error) : resolve())));
}
