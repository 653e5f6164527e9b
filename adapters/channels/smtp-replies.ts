/** What the reply of a mail server, or its silence, means for the message (RFC 5321 section 4.2, RFC 3463). */
import type { SendRefusal } from '../../domain/notifications/ports.ts';

/** How long a greylist waits for the next attempt (RFC 6647 section 5: up to several minutes). */
const GREYLIST_SECONDS = 300;
/** The server closes the connection, whatever it was asked. */
const CLOSING = 421;
/** The session is not signed in, or may not be. */
const NOT_SIGNED_IN = [530, 534, 535, 538];
const TOO_LARGE = /^5\.(2\.3|3\.4)$/;
/** The address does not exist, or its mailbox is closed. */
const NO_MAILBOX = /^5\.(1\.[0-9]+|2\.1)$/;
/** Without an enhanced status: no mailbox, not here, not a name that is allowed. */
const NO_MAILBOX_PLAIN = [550, 551, 553];

/** As nodemailer reports it. */
interface SmtpError {
  readonly code?: unknown;
  readonly responseCode?: unknown;
  readonly response?: unknown;
  readonly command?: unknown;
}

/** @param isHandedOver whether the server has asked for the mail: without a reply it may have taken it */
export function smtpRefusal(thrown: unknown, isHandedOver: boolean): SendRefusal {
  const error: SmtpError & { readonly name?: unknown; readonly message?: unknown } =
    typeof thrown === 'object' && thrown !== null ? thrown : {};
  const command = typeof error.command === 'string' ? error.command : 'CONN';
  if (typeof error.responseCode !== 'number') return withoutReply(error, command, isHandedOver);
  const reply = error.responseCode;
  const status = enhanced(error.response);
  // The words of a reply repeat the receiver's address.
  const detail = `SMTP answered ${reply}${status === '' ? '' : ` ${status}`} to ${command.split(' ')[0]}`;
  if (reply === CLOSING) return { kind: 'unreachable', detail };
  if (NOT_SIGNED_IN.includes(reply)) return { kind: 'unreachable', detail, reason: 'rejected' };
  if (reply >= 500 && (reply === 552 || TOO_LARGE.test(status)) && !status.startsWith('5.2.2')) {
    return { kind: 'permanent', detail, reason: 'too_large' };
  }
  if (command.startsWith('MAIL') || command.startsWith('RCPT') || command.startsWith('DATA')) {
    return ofMail(command, reply, status, detail);
  }
  // Greeting, EHLO, STARTTLS, AUTH: nothing that is about the message.
  return {
    kind: 'unreachable',
    detail,
    ...(isFinal(reply) && command.startsWith('AUTH') ? { reason: 'rejected' } : {}),
  };
}

function ofMail(command: string, reply: number, status: string, detail: string): SendRefusal {
  if (!isFinal(reply)) {
    const isGreylisted = command.startsWith('RCPT') && (reply === 450 || reply === 451);
    return { kind: 'transient', detail, ...(isGreylisted ? { retryAfterSeconds: GREYLIST_SECONDS } : {}) };
  }
  // The sender is always ours.
  if (command.startsWith('MAIL')) return { kind: 'unreachable', detail, reason: 'rejected' };
  if (!command.startsWith('RCPT')) return { kind: 'permanent', detail };
  const hasNoMailbox = status === '' ? NO_MAILBOX_PLAIN.includes(reply) : NO_MAILBOX.test(status);
  return { kind: 'permanent', detail, ...(hasNoMailbox ? { reason: 'no_such_receiver' } : {}) };
}

const isFinal = (reply: number) => reply >= 500;

function withoutReply(
  { code, response, name, message }: SmtpError & { readonly name?: unknown; readonly message?: unknown },
  command: string,
  isHandedOver: boolean,
): SendRefusal {
  // Said by nodemailer before it has asked the server; with a response, the server talks nonsense.
  if (code === 'EMESSAGE' && response === undefined)
    return { kind: 'permanent', detail: 'the mail is larger than the server allows', reason: 'too_large' };
  if (code === 'EENVELOPE' && response === undefined)
    return { kind: 'permanent', detail: 'the address is malformed', reason: 'no_such_receiver' };
  const word = message === 'TimeoutError' ? message : typeof code === 'string' ? code : String(name ?? 'error');
  const detail = `SMTP: ${word} at ${isHandedOver ? 'DATA' : command}`;
  return { kind: 'unreachable', detail, ...(isHandedOver ? { outcome: 'unknown' } : {}) };
}

/** The enhanced status of a reply, as `5.1.1`, or nothing. */
function enhanced(response: unknown): string {
  return typeof response === 'string' ? (/^\d{3}[ -]([245]\.\d{1,3}\.\d{1,3})\b/.exec(response)?.[1] ?? '') : '';
}
