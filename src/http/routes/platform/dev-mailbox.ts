/** The mailbox of the development mode, as JSON for programs and as a page for people. */
import { z } from '@hono/zod-openapi';
import type { Context as HonoContext } from 'hono';
import { CHANNELS } from '../../../../domain/notifications/ports.ts';
import type { AppEnv } from '../../env.ts';
import { NEWCOMER } from '../../example.ts';
import { isLoopback } from '../../hosts.ts';
import { mailboxPage, prefersHtml } from '../../pages.ts';
import { Problem } from '../../problems.ts';
import { jsonOrPage, type Routes, route } from '../../router.ts';
import { line } from '../../schemas.ts';
import { shownCode, shownInstant, shownText, shownToken, shownUrl } from '../../shown.ts';

const mailSchema = z
  .object({
    channel: z.enum(CHANNELS),
    to: shownText(2048, 'ada@example.org').openapi({ description: 'Of a push message: the endpoint or the token' }),
    subject: shownText(998, 'Confirm your e-mail address').openapi({ description: 'Empty for text messages' }),
    text: shownText(100_000, 'Open this link …'),
    html: shownText(200_000, '<p>Open this link …</p>').nullable(),
    links: z.array(shownUrl),
    attachments: z.array(
      z.object({
        filename: shownText(100, 'appointment.ics'),
        type: shownText(100, 'text/calendar'),
        text: shownText(200_000, 'BEGIN:VCALENDAR …'),
      }),
    ),
    template: shownCode('verify_email'),
    codes: z.array(shownToken('492039')).openapi({ description: 'One-time codes and tokens in it' }),
    unsubscribeUrl: shownUrl.optional().openapi({ description: 'Ends mails of its kind' }),
    at: shownInstant,
  })
  .openapi('DevelopmentMail');

export const devMailboxRoutes: Routes = [
  route(
    {
      operationId: 'listDevelopmentMails',
      method: 'get',
      path: '/dev/mailbox',
      summary: 'List mails of the development mailbox',
      description:
        'Development only, and only under the host names of this machine and of `PUBLIC_URL`. HTML for browsers. An empty `to` lists all mails.',
      tag: 'Platform',
      access: 'public',
      anyAccept: true,
      inSteps: true,
      example: { as: 'anybody', query: { to: NEWCOMER.email } },
      request: { query: z.object({ to: z.union([line(320), z.literal('')]).optional() }) },
      responses: { 200: jsonOrPage(z.object({ data: z.array(mailSchema) }), 'Messages') },
      refusals: ['route_not_found'],
    },
    async (c) => {
      const { mailbox, jobs } = c.env.platform;
      if (mailbox === null) throw new Problem({ code: 'route_not_found' });
      refuseForeignHost(c);
      // Delivers the messages that were committed before this request, so that the answer contains them.
      await jobs.runDue();
      const to = c.req.valid('query').to?.trim() || undefined;
      const messages = await mailbox.list(to);
      if (prefersHtml(c)) return mailboxPage(c, messages, to);
      return c.json(
        {
          data: messages.map((each) => ({
            ...each,
            links: [...each.links],
            codes: [...each.codes],
            attachments: [...each.attachments],
          })),
        },
        200,
      );
    },
  ),
];

/** Prevents DNS rebinding: a page whose host name resolves to this address would be same-origin and could read the mails. */
function refuseForeignHost(c: HonoContext<AppEnv>): void {
  const host = c.req.header('host') ?? new URL(c.req.url).host;
  const own = new URL(c.get('deps').settings.publicUrl).hostname;
  const name = URL.canParse(`http://${host}`) ? new URL(`http://${host}`).hostname : '';
  if (isLoopback(name) || name === own) return;
  throw new Problem({
    code: 'route_not_found',
    detail: `This is answered as localhost, 127.0.0.1, [::1] and ${own} (PUBLIC_URL) only, for other names may be a stranger’s.`,
  });
}
