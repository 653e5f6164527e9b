/**
 * Pages at the paths that mails link to, until the clinic's own application serves these paths. In development a page
 * shows the API request that does the same. The token of a link is in the fragment, which browsers do not send, so it
 * reaches neither the server nor its log.
 */
import type { Context as HonoContext } from 'hono';
import { html } from 'hono/html';
import { LINK_TARGETS, type LinkPath, pageAt } from '../../domain/shared/link-targets.ts';
import type { AppEnv } from './env.ts';
import { type Link, linkTo, pathTo } from './links.ts';
import { page, prefersHtml } from './pages.ts';

interface ApiRequest extends Link {
  readonly body?: Readonly<Record<string, string>>;
}

/** The API request of the application's page at each path. */
export const LINK_REQUESTS: Readonly<Record<LinkPath, ApiRequest>> = {
  '/verify-email': { ...linkTo('verifyEmail'), body: { token: 'TOKEN' } },
  '/accept-invitation': { ...linkTo('acceptInvitation'), body: { token: 'TOKEN', password: 'PASSWORD' } },
  '/reset-password': { ...linkTo('resetPassword'), body: { token: 'TOKEN', newPassword: 'PASSWORD' } },
  '/confirm-email-change': { ...linkTo('confirmEmailChange'), body: { token: 'TOKEN' } },
  '/restore-email': { ...linkTo('restoreEmail'), body: { token: 'TOKEN' } },
  '/login': { ...linkTo('signIn'), body: { email: 'EMAIL', password: 'PASSWORD' } },
  '/forgot-password': { ...linkTo('requestPasswordReset'), body: { email: 'EMAIL' } },
  '/sessions': linkTo('listSessions'),
  '/mfa': linkTo('getSecondFactor'),
  '/api-keys': linkTo('listApiKeys'),
  '/appointments': linkTo('listAppointments'),
  '/appointments/{id}': linkTo('getAppointment', { id: 'ID' }),
  '/notifications': linkTo('listNotifications'),
  '/calendar': linkTo('listCalendarFeeds'),
  '/privacy': linkTo('listMyExports'),
  '/documents': linkTo('listSharedFiles'),
  '/waitlist': linkTo('listWaitlistEntries'),
};

/** @returns undefined for programs, and for paths that no mail links to */
export function linkPage(c: HonoContext<AppEnv>): Promise<Response> | undefined {
  const path = pageAt(c.req.path);
  if (path === undefined || (c.req.method !== 'GET' && c.req.method !== 'HEAD') || !prefersHtml(c)) return undefined;
  c.header('Cache-Control', 'no-store');
  const { about, takesToken } = LINK_TARGETS[path];
  const isDevelopment = c.env.platform.mailbox !== null;
  return page(
    c,
    `${about} – Patient Portal`,
    html`<h1>${about}</h1>
<p>You followed a link in a mail of the patient portal. The clinic’s own application serves this page, and it is not set up at this address yet.</p>
${isDevelopment ? developerHelp(path, takesToken, c.get('deps').settings.publicUrl) : html`<p>Nothing has changed. ${takesToken ? 'The link works until it expires. ' : ''}Please call the clinic.</p>`}`,
  );
}

function developerHelp(path: LinkPath, takesToken: boolean, publicUrl: string) {
  const request = LINK_REQUESTS[path];
  const placeholders = [
    ...(takesToken
      ? [html`<code>TOKEN</code> is what follows <code>#token=</code> in the address of this page. `]
      : []),
    ...(path === '/appointments/{id}' ? [html`<code>ID</code> is the last part of the address of this page. `] : []),
    ...(request.body === undefined ? [html`<code>ACCESS_TOKEN</code> comes from signing in. `] : []),
  ];
  return html`<p>Until then, this request does the same. ${placeholders}</p>
<pre><code>${curl(request, publicUrl)}</code></pre>
<p><a href="${pathTo('getReference')}">Reference</a>, <a href="${pathTo('listDevelopmentMails')}">mailbox</a></p>`;
}

function curl({ href, body }: ApiRequest, publicUrl: string): string {
  const url = `${publicUrl}${href}`;
  if (body === undefined) return `curl ${url} -H 'Authorization: Bearer ACCESS_TOKEN'`;
  return `curl ${url} -H 'Content-Type: application/json' \\\n  -d '${JSON.stringify(body)}'`;
}
