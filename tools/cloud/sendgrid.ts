/**
 * SendGrid's mail endpoint with a mailbox instead of a network: mails are validated as by the service and kept in
 * memory, newest first.
 *
 * - `POST /v3/mail/send` as in https://www.twilio.com/docs/sendgrid/api-reference/mail-send/mail-send
 * - `GET /__mailbox?to=<address>` the mails to one address, or to all
 * - `DELETE /__mailbox` empties it
 */
import { Buffer } from 'node:buffer';
import {
  type CloudReply,
  type CloudRequest,
  type CloudServer,
  type CloudServerOptions,
  isBearer,
  isRecord,
  parseJson,
  serve,
} from './http.ts';

export interface SendGridOptions extends CloudServerOptions {
  readonly apiKey: string;
}

export interface Mail {
  readonly messageId: string;
  readonly to: readonly string[];
  readonly from: string;
  readonly subject: string;
  /** By media type. */
  readonly content: Readonly<Record<string, string>>;
  readonly attachments: readonly SentFile[];
  readonly headers: Readonly<Record<string, unknown>>;
  readonly customArguments: Readonly<Record<string, unknown>>;
  /** Epoch milliseconds. */
  readonly acceptedAt: number;
}

export interface SentFile {
  readonly filename: string;
  readonly type: string;
  /** Decoded, as UTF-8. */
  readonly text: string;
  /** Of a picture that the HTML shows. */
  readonly contentId?: string;
}

export interface SendGridServer extends CloudServer {
  /** @param to returns only mails to this address; case-insensitive */
  mailbox(to?: string): readonly Mail[];
  clear(): void;
}

interface Fault {
  readonly message: string;
  readonly field: string | null;
}

const MAX_MAILS = 1000;

/** @throws PortTaken */
export async function startSendGrid(options: SendGridOptions): Promise<SendGridServer> {
  const mails: Mail[] = [];

  function mailbox(to?: string): readonly Mail[] {
    return to === undefined ? [...mails] : mails.filter((mail) => mail.to.includes(to.toLowerCase()));
  }

  function send(request: CloudRequest): CloudReply {
    if (!isBearer(request, options.apiKey)) {
      return refuse(401, { message: 'The provided authorization grant is invalid, expired, or revoked', field: null });
    }
    const accepted = parseMails(parseJson(request.body), Date.now());
    if ('message' in accepted) return refuse(400, accepted);
    mails.unshift(...accepted.mails);
    mails.length = Math.min(mails.length, MAX_MAILS);
    return { status: 202, headers: { 'X-Message-Id': accepted.messageId } };
  }

  const server = await serve(
    'SendGrid',
    async (request) => {
      const url = new URL(request.target, 'http://localhost');
      switch (`${request.method} ${url.pathname}`) {
        case 'POST /v3/mail/send':
          return send(request);
        case 'GET /__mailbox':
          return { status: 200, json: mailbox(url.searchParams.get('to') ?? undefined) };
        case 'DELETE /__mailbox':
          mails.length = 0;
          return { status: 204 };
        default:
          return refuse(404, { message: 'not found', field: null });
      }
    },
    options,
  );
  return {
    ...server,
    mailbox,
    clear() {
      mails.length = 0;
    },
  };
}

/** One mail per personalization. @returns the mails, or the first fault */
function parseMails(
  body: unknown,
  acceptedAt: number,
): { readonly messageId: string; readonly mails: readonly Mail[] } | Fault {
  if (!isRecord(body)) return { message: 'Bad Request', field: null };
  const from = address(body.from);
  if (from === undefined) return { message: 'The from object must be provided for every email send.', field: 'from' };
  const content = parseContent(body.content);
  if ('message' in content) return content;
  if (!Array.isArray(body.personalizations) || body.personalizations.length === 0) {
    return {
      message: 'The personalizations field is required and must have at least one personalization.',
      field: 'personalizations',
    };
  }
  const files = parseAttachments(body.attachments);
  if ('message' in files) return files;
  const messageId = crypto.randomUUID();
  const mails: Mail[] = [];
  for (const [i, personalization] of body.personalizations.entries()) {
    const own = isRecord(personalization) ? personalization : {};
    const to = Array.isArray(own.to) ? own.to.map(address) : [];
    if (to.length === 0 || !to.every((one) => one !== undefined)) {
      return { message: 'Does not contain a valid address.', field: `personalizations.${i}.to` };
    }
    const subject = own.subject ?? body.subject;
    if (typeof subject !== 'string' || subject === '') return { message: 'The subject is required.', field: 'subject' };
    mails.push({
      messageId,
      to: to.map((one) => one.toLowerCase()),
      from,
      subject,
      content: content.byType,
      attachments: files.attachments,
      headers: merged(body.headers, own.headers),
      customArguments: merged(body.custom_args, own.custom_args),
      acceptedAt,
    });
  }
  return { messageId, mails };
}

function parseContent(value: unknown): { readonly byType: Readonly<Record<string, string>> } | Fault {
  const field = 'content';
  if (!Array.isArray(value) || value.length === 0)
    return { message: 'Unless a valid template_id is provided, the content parameter is required.', field };
  const byType: Record<string, string> = {};
  for (const part of value) {
    if (!isRecord(part) || typeof part.type !== 'string' || typeof part.value !== 'string' || part.value === '') {
      return { message: 'The content value must be a string at least one character in length.', field };
    }
    byType[part.type] = part.value;
  }
  const types = Object.keys(byType);
  if (types.includes('text/plain') && types[0] !== 'text/plain') {
    return { message: 'If present, text/plain content must be first, followed by text/html.', field };
  }
  return { byType };
}

function parseAttachments(value: unknown): { readonly attachments: readonly SentFile[] } | Fault {
  if (value === undefined) return { attachments: [] };
  if (!Array.isArray(value) || value.length === 0) {
    return { message: 'The attachments must have at least one attachment.', field: 'attachments' };
  }
  const attachments: SentFile[] = [];
  for (const [i, file] of value.entries()) {
    const { content, type = '', filename, disposition, content_id } = isRecord(file) ? file : {};
    const fault = (name: string, message: string) => ({ message, field: `attachments.${i}.${name}` });
    if (typeof content !== 'string' || !/^[A-Za-z0-9+/]+={0,2}$/.test(content)) {
      return fault('content', 'The attachment content must be base64 encoded.');
    }
    if (typeof type !== 'string' || /[;\r\n]/.test(type)) {
      return fault('type', "The attachment type cannot contain ';', or CRLF characters.");
    }
    if (typeof filename !== 'string' || filename === '') {
      return fault('filename', 'The attachment filename is required.');
    }
    if (disposition === 'inline' && (typeof content_id !== 'string' || !/^[^<>;\s]+$/.test(content_id))) {
      return fault('content_id', 'The content id of an inline attachment is required.');
    }
    const contentId = disposition === 'inline' ? { contentId: String(content_id) } : {};
    attachments.push({ filename, type, text: Buffer.from(content, 'base64').toString('utf8'), ...contentId });
  }
  return { attachments };
}

function address(value: unknown): string | undefined {
  if (!isRecord(value) || typeof value.email !== 'string') return undefined;
  return /^[^\s@]+@[^\s@]+$/.test(value.email) ? value.email : undefined;
}

function merged(...values: readonly unknown[]): Record<string, unknown> {
  return Object.assign({}, ...values.filter(isRecord));
}

function refuse(status: number, { message, field }: Fault): CloudReply {
  return { status, json: { errors: [{ message, field, help: null }] } };
}
