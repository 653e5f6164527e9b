/** Pages for people: the start page with its links, and the mailbox of the development mode. */
import type { Context as HonoContext } from 'hono';
import { html, raw } from 'hono/html';
import { toBase64Url } from '../../domain/shared/bytes.ts';
import type { AppEnv } from './env.ts';
import { pathTo } from './links.ts';
import type { MailboxMessage } from './platform.ts';

export type Html = ReturnType<typeof html>;

/** Browsers ask for HTML; programs that name no type, or any type, get JSON. */
export function prefersHtml(c: HonoContext<AppEnv>): boolean {
  c.header('Vary', 'Accept', { append: true });
  return (c.req.header('accept') ?? '').includes('text/html');
}

const STYLE = `
:root { color-scheme: light dark; --ground: #fff; --text: #1b2326; --quiet: #56646b; --line: #d5dde0; --accent: #12694b; }
@media (prefers-color-scheme: dark) {
  :root { --ground: #14191b; --text: #e6ecee; --quiet: #9fb0b7; --line: #344046; --accent: #62c79f; }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--text); font: 1rem/1.55 system-ui, sans-serif; }
main { max-width: 46rem; margin: 0 auto; padding: 2.5rem 1.25rem 4rem; overflow-wrap: anywhere; }
h1 { font-size: 1.75rem; line-height: 1.2; margin: 0 0 .75rem; }
h2 { font-size: 1.1rem; margin: 0 0 .25rem; }
p + h2, pre + h2, ul + h2, dl + h2, details + h2 { margin-top: 2rem; }
nav { margin: 0 0 1.5rem; }
ul { margin: 0 0 1rem; padding-left: 1.25rem; }
summary { cursor: pointer; margin: 0 0 .5rem; }
p { margin: 0 0 1rem; }
a { color: var(--accent); }
a:focus-visible, input:focus-visible, button:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
dl { margin: 1.5rem 0; border-top: 1px solid var(--line); }
dl > div { padding: .75rem 0; border-bottom: 1px solid var(--line); }
dt { font-weight: 600; }
dd { margin: 0; color: var(--quiet); }
form { display: flex; flex-wrap: wrap; gap: .5rem; align-items: end; margin: 0 0 2rem; }
label { flex: 1 1 16rem; }
input, button, .button { font: inherit; color: inherit; padding: .5rem .75rem; border: 1px solid var(--quiet); border-radius: .375rem; background: var(--ground); }
input { display: block; width: 100%; }
button { cursor: pointer; }
.button { display: inline-block; text-decoration: none; }
article { padding: 1.25rem 0; border-top: 1px solid var(--line); }
.quiet { color: var(--quiet); font-size: .9rem; }
pre { margin: .75rem 0; white-space: pre-wrap; font: inherit; }
code { font-family: ui-monospace, monospace; font-size: .95em; }
.label { padding: .15rem .5rem; border: 1px solid var(--line); border-radius: .375rem; }
pre.example { padding: 1rem; border: 1px solid var(--line); border-radius: .375rem; overflow-x: auto; }
`;

/** A white cross on a green square. */
export const FAVICON =
  'data:image/svg+xml,%3Csvg xmlns=%22http://www.w3.org/2000/svg%22 viewBox=%220 0 8 8%22%3E%3Crect width=%228%22 height=%228%22 rx=%222%22 fill=%22%23177e5b%22/%3E%3Cpath d=%22M3.2 1.5h1.6v1.7h1.7v1.6H4.8v1.7H3.2V4.8H1.5V3.2h1.7z%22 fill=%22%23fff%22/%3E%3C/svg%3E';

export interface PageOptions {
  /** Of its words. Default: English. */
  readonly language?: string;
  readonly direction?: 'ltr' | 'rtl';
  readonly status?: 200 | 404;
}

/** A complete page without scripts and without anything to load. */
export async function page(
  c: HonoContext<AppEnv>,
  title: string,
  content: Html,
  { language, direction, status }: PageOptions = {},
): Promise<Response> {
  const nonce = toBase64Url(c.get('deps').random.bytes(16));
  c.header(
    'Content-Security-Policy',
    `default-src 'none'; style-src 'nonce-${nonce}'; img-src data:; frame-ancestors 'none'; base-uri 'none'; form-action 'self'`,
  );
  c.header('Content-Language', language ?? 'en');
  if (status !== undefined) c.status(status);
  return c.html(html`<!doctype html>
<html lang="${language ?? 'en'}" dir="${direction ?? 'ltr'}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<link rel="icon" href="${raw(FAVICON)}">
<style nonce="${nonce}">${raw(STYLE)}</style>
</head>
<body>
<main>
${content}
</main>
</body>
</html>
`);
}

interface Place {
  readonly href: string;
  readonly name: string;
  readonly about: string;
}

const PLACES: readonly Place[] = [
  { href: pathTo('getReference'), name: 'Reference', about: 'Every operation, for developers' },
  { href: pathTo('getOpenApiDocument'), name: 'OpenAPI document', about: 'The same operations, for programs' },
  { href: pathTo('listProblems'), name: 'Problems', about: 'Every refusal: why it happens and what to do' },
  { href: pathTo('getHealth'), name: 'Health', about: 'Whether the process answers' },
  {
    href: pathTo('getReadiness'),
    name: 'Readiness',
    about: 'Whether requests can be served, with a line for each dependency',
  },
];
const MAILBOX: Place = {
  href: pathTo('listDevelopmentMails'),
  name: 'Mailbox',
  about: 'Mails that would have been sent',
};

export function welcomePage(c: HonoContext<AppEnv>): Promise<Response> {
  const places = c.env.platform.mailbox === null ? PLACES : [...PLACES, MAILBOX];
  return page(
    c,
    'Patient Portal',
    html`<h1>Patient Portal</h1>
<p>This is the API of a clinic’s patient portal. Patients and staff use the clinic’s own application, which calls it.</p>
<dl>
${places.map(
  ({ href, name, about }) => html`<div><dt><a href="${href}">${name}</a></dt><dd>${about}</dd></div>
`,
)}</dl>`,
  );
}

export function mailboxPage(
  c: HonoContext<AppEnv>,
  messages: readonly MailboxMessage[],
  to: string | undefined,
): Promise<Response> {
  const shown = messages.length === 1 ? '1 message' : `${messages.length} messages`;
  return page(
    c,
    'Mailbox – Patient Portal',
    html`<h1>Mailbox</h1>
<p>Messages that would have been sent, newest first. Development only.</p>
<form method="get" action="${pathTo('listDevelopmentMails')}">
<label for="to">Sent to <input id="to" name="to" type="text" inputmode="email" autocomplete="off" value="${to ?? ''}"></label>
<button type="submit">Show</button>
</form>
<p class="quiet" role="status">${messages.length === 0 ? nothingFor(to) : shown}</p>
${messages.map(message)}
<p><a href="/">Back to the start</a></p>`,
  );
}

function nothingFor(to: string | undefined): string {
  return to === undefined ? 'No message yet. Register somebody, or book an appointment.' : `No message to ${to}.`;
}

function message({ channel, to, subject, text, codes, attachments, at }: MailboxMessage): Html {
  const time = at.replace('T', ' ').replace(/\.\d+Z$/, ' UTC');
  return html`<article>
<h2>${subject || 'Text message'}</h2>
<div class="quiet">${channel === 'email' ? 'E-mail' : channel === 'sms' ? 'SMS' : channel} to ${to}, <time datetime="${at}">${time}</time></div>
<pre>${text}</pre>
${codes.length === 0 ? '' : html`<div>Codes: ${codes.map((code, index) => html`${index === 0 ? '' : ', '}<code>${code}</code>`)}</div>`}
${attachments.map((file) => html`<details><summary>${file.filename} (${file.type})</summary><pre>${file.text}</pre></details>`)}
</article>
`;
}
