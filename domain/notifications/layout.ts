/** Lays a message out as plain text, as HTML, as a text message and as a push message, from the same parts. */
import { appointmentLink, linkTo } from '../shared/link-targets.ts';
import type { Copy, Line, Link, MessageCategory, PortalLink, RenderContext } from '../shared/messages.ts';
import { clipped, isolated } from '../shared/wording/foreign-text.ts';
import type { Phrases } from '../shared/wording/wording.ts';
import { type Mail, mailPage } from './mail-page.ts';
import { fitted, inGsmAlphabet } from './text-message.ts';

export interface Rendered {
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  /** `null` for a link with a token: the link works for who reads the mail. */
  readonly sms: string | null;
  /** `null` for what carries a secret: that goes to one address alone. */
  readonly push: { readonly title: string; readonly body: string } | null;
  /** The paragraphs alone, without greeting and last lines. */
  readonly body: string;
  /** Of the content: those of the last lines are the same in each mail. */
  readonly links: readonly string[];
  readonly codes: readonly string[];
}

interface Frame {
  readonly category: MessageCategory;
  readonly link: string | undefined;
  readonly code: string | undefined;
  readonly reader: RenderContext;
  readonly words: Phrases;
}

/** Longer ones are cut by mail programs, and folded by some into the next header. */
const LONGEST_SUBJECT = 150;
/** Screens show less; the rest is read in the portal. It leaves room in the 4096 bytes that a push service takes (RFC 8030 section 7.2). */
const LONGEST_PUSH = 300;
/** Of the clinic, before a text message. */
const BRIEF_SENDER = 28;

export function layOut(copy: Copy, frame: Frame): Rendered {
  const { reader, words, code, category } = frame;
  const mail = mailOf(copy, frame);
  const brief = copy.brief ?? mail.preview;
  const { name } = reader.sender;
  const from =
    name === null || category === 'code' ? '' : `${isolated(clipped(name, BRIEF_SENDER), words.direction)}: `;
  return {
    subject: mail.subject,
    text: plainText(mail, words.colon),
    body: paragraphs(mail.lines, words.colon).join('\n\n'),
    html: mailPage(mail, { sender: reader.sender, words }),
    sms: copy.brief === undefined && frame.link !== undefined ? null : textMessage(`${from}${brief}`, copy.reply),
    push: copy.brief === undefined ? null : { title: name ?? words.portal, body: clipped(copy.brief, LONGEST_PUSH) },
    links: [...(mail.action === undefined ? [] : [mail.action]), ...mail.lines.filter(isLink)].map(({ url }) => url),
    codes: code === undefined ? [] : [code],
  };
}

function textMessage(words: string, reply: string | undefined): string {
  return reply === undefined ? fitted(inGsmAlphabet(words)) : fitted(inGsmAlphabet(words), inGsmAlphabet(` ${reply}`));
}

function mailOf({ subject, lines, action, brief }: Copy, { category, link, reader, words }: Frame): Mail {
  const [first] = lines;
  const name = reader.firstName === null || reader.firstName === '' ? null : reader.firstName;
  const choices = [
    { label: words.preferences, url: reader.preferencesUrl },
    { label: words.unsubscribe, url: reader.unsubscribeUrl },
  ];
  return {
    subject: clipped(subject, LONGEST_SUBJECT),
    preview: brief ?? (typeof first === 'string' ? first : subject),
    greeting: words.greeting(name === null ? null : isolated(name, words.direction)),
    lines: lines.map((line) => (isPortalLink(line) ? placed(line, reader.publicUrl) : line)),
    action: action === undefined || link === undefined ? undefined : { label: action, url: link },
    signature: reader.sender.signature.map((line) => isolated(line, words.direction)),
    reason: words.reasons[category],
    choices: choices.flatMap(({ label, url }) => (url === undefined ? [] : [{ label, url }])),
  };
}

function isPortalLink(line: Line | PortalLink): line is PortalLink {
  return typeof line !== 'string' && ('path' in line || 'action' in line);
}

function placed(link: PortalLink, publicUrl: string): Link {
  const { label } = link;
  if ('path' in link) return { label, url: linkTo(publicUrl, link.path) };
  return { label, url: appointmentLink(publicUrl, link.appointmentId, link.action) };
}

export function isLink(line: Line): line is Link {
  return typeof line !== 'string' && 'url' in line;
}

function paragraphs(lines: readonly Line[], colon: string): string[] {
  return lines.map((line) => {
    if (typeof line === 'string') return line;
    if ('items' in line) return line.items.map((item) => `- ${item}`).join('\n');
    return 'words' in line ? line.words : `${line.label}${colon}${line.url}`;
  });
}

function plainText(mail: Mail, colon: string): string {
  const asLink = ({ label, url }: Link) => `${label}${colon}${url}`;
  return [
    mail.greeting,
    ...paragraphs(mail.lines, colon),
    ...(mail.action === undefined ? [] : [asLink(mail.action)]),
    // The line by which mail programs know a signature (RFC 3676 section 4.3).
    ['-- ', ...mail.signature, mail.reason, ...mail.choices.map(asLink)].join('\n'),
  ].join('\n\n');
}
