/**
 * Pages at the paths that mails link to, until the clinic's own application serves these paths. In development a page
 * shows the API request that does the same. The token of a link is in the fragment, which browsers do not send, so it
 * reaches neither the server nor its log.
 */
import type { Context as HonoContext } from 'hono';
import { html } from 'hono/html';
import { isLinkPath, LINK_TARGETS, type LinkPath } from '../../domain/shared/link-targets.ts';
import type { AppEnv } from './env.ts';
import { page, prefersHtml } from './pages.ts';

interface ApiRequest {
  readonly method: 'GET' | 'POST';
  readonly path: `/api/v1/${string}`;
  readonly body?: Readonly<Record<string, string>>;
}

const post = (path: ApiRequest['path'], body: ApiRequest['body'] = {}): ApiRequest => ({ method: 'POST', path, body });
const get = (path: ApiRequest['path']): ApiRequest => ({ method: 'GET', path });

/** The API request of the application's page at each path. */
export const LINK_REQUESTS: Readonly<Record<LinkPath, ApiRequest>> = {
  '/verify-email': post('/api/v1/auth/verify-email', { token: 'TOKEN' }),
  '/accept-invitation': post('/api/v1/auth/accept-invitation', { token: 'TOKEN', password: 'PASSWORD' }),
  '/reset-password': post('/api/v1/auth/reset-password', { token: 'TOKEN', newPassword: 'PASSWORD' }),
  '/confirm-email-change': post('/api/v1/auth/confirm-email-change', { token: 'TOKEN' }),
  '/restore-email': post('/api/v1/auth/restore-email', { token: 'TOKEN' }),
  '/login': post('/api/v1/auth/login', { email: 'EMAIL', password: 'PASSWORD' }),
  '/forgot-password': post('/api/v1/auth/forgot-password', { email: 'EMAIL' }),
  '/sessions': get('/api/v1/auth/sessions'),
  '/mfa': get('/api/v1/mfa/status'),
  '/api-keys': get('/api/v1/api-keys'),
  '/appointments': get('/api/v1/appointments'),
  '/calendar': get('/api/v1/calendar/feeds'),
  '/privacy': get('/api/v1/privacy/exports'),
  '/waitlist': get('/api/v1/waitlist'),
};

/** @returns undefined for programs, and for paths that no mail links to */
export function linkPage(c: HonoContext<AppEnv>): Promise<Response> | undefined {
  const { path } = c.req;
  if (!isLinkPath(path) || (c.req.method !== 'GET' && c.req.method !== 'HEAD') || !prefersHtml(c)) return undefined;
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
    ...(request.method === 'GET' ? [html`<code>ACCESS_TOKEN</code> comes from signing in. `] : []),
  ];
  return html`<p>Until then, this request does the same. ${placeholders}</p>
<pre><code>${curl(request, publicUrl)}</code></pre>
<p><a href="/reference">Reference</a>, <a href="/dev/mailbox">mailbox</a></p>`;
}

function curl({ method, path, body }: ApiRequest, publicUrl: string): string {
  const url = `${publicUrl}${path}`;
  if (method === 'GET') return `curl ${url} -H 'Authorization: Bearer ACCESS_TOKEN'`;
  return `curl ${url} -H 'Content-Type: application/json' \\\n  -d '${JSON.stringify(body)}'`;
}
