/** The page of a link in a mail, which ends mails of its kind without a sign-in (RFC 8058). */
import { z } from '@hono/zod-openapi';
import type { Context as HonoContext } from 'hono';
import { html } from 'hono/html';
import {
  UNSUBSCRIBE_PAGE,
  type UnsubscribePageTexts,
} from '../../../../domain/notifications/texts/unsubscribe-page.ts';
import { addressSubject } from '../../../app/address.ts';
import { readUnsubscribe, type UnsubscribeView, unsubscribe } from '../../../app/notifications/unsubscribe.ts';
import { rawText } from '../../bounds.ts';
import type { AppEnv } from '../../env.ts';
import { pathTo } from '../../links.ts';
import { page as pageOf } from '../../pages.ts';
import { readerLanguage } from '../../reader-language.ts';
import { page, type Routes, route } from '../../router.ts';
import { limit } from '../identity/limits.ts';

const params = z.object({ token: rawText(64) });
const limits = ['mailed_link'] as const;
const ENDED = 'The link is unknown, or its account is closed';
const EXAMPLE = { none: 'The link is in a mail that can be switched off' };

const form = z
  .strictObject({
    'List-Unsubscribe': z.literal('One-Click').optional().openapi({ description: 'Ends such mails (RFC 8058)' }),
    choice: z.literal('on').optional().openapi({ description: 'Has them sent again' }),
  })
  .refine((given) => (given['List-Unsubscribe'] === undefined) !== (given.choice === undefined), {
    error: 'expected List-Unsubscribe or choice',
  });

export const unsubscribeRoutes: Routes = [
  route(
    {
      operationId: 'getUnsubscribePage',
      method: 'get',
      path: '/unsubscribe/{token}',
      summary: 'Get the page that ends mails of one kind',
      description:
        'For people, who come by the link of a mail. It names the kind, in the language of the mail’s receiver, and has a button. Getting it changes nothing: programs that check mails follow links.',
      tag: 'Profile',
      access: 'public',
      anyAccept: true,
      limits,
      example: EXAMPLE,
      request: { params },
      responses: { 200: page('The page'), 404: page(ENDED) },
    },
    async (c) => {
      await limit(c, 'mailed_link', addressSubject(c.env.clientAddress));
      const { token } = c.req.valid('param');
      return unsubscribePage(c, token, await readUnsubscribe(c.get('deps'), token));
    },
  ),
  route(
    {
      operationId: 'endMailsByLink',
      method: 'post',
      path: '/unsubscribe/{token}',
      summary: 'End mails of one kind by the link of a mail',
      description:
        'What mail programs send (`List-Unsubscribe-Post`, RFC 8058), and the button of the page. The link can do nothing but end mails of its kind, and have them sent again. It does not end by itself.',
      tag: 'Profile',
      access: 'public',
      anyAccept: true,
      limits,
      example: EXAMPLE,
      request: {
        params,
        body: {
          required: true,
          content: { 'application/x-www-form-urlencoded': { schema: form }, 'multipart/form-data': { schema: form } },
        },
      },
      responses: { 200: page('The choice is stored'), 404: page(ENDED) },
    },
    async (c) => {
      await limit(c, 'mailed_link', addressSubject(c.env.clientAddress));
      const { token } = c.req.valid('param');
      const isWanted = c.req.valid('form').choice === 'on';
      return unsubscribePage(c, token, await unsubscribe(c.get('deps'), c.get('context'), token, isWanted));
    },
  ),
];

async function unsubscribePage(
  c: HonoContext<AppEnv>,
  token: string,
  view: UnsubscribeView | undefined,
): Promise<Response> {
  const { language, words } = await readerLanguage(c, view?.mails.language ?? null);
  const { title, content } = parts(view, UNSUBSCRIBE_PAGE[language], pathTo('endMailsByLink', { token }));
  return pageOf(c, `${title} – ${words.portal}`, html`<h1>${title}</h1>${content}`, {
    language,
    direction: words.direction,
    status: view === undefined ? 404 : 200,
  });
}

function parts(view: UnsubscribeView | undefined, texts: UnsubscribePageTexts, action: string) {
  if (view === undefined) return { title: texts.endedTitle, content: html`<p>${texts.ended}</p>` };
  // A category of another version of the portal is treated as messages of the clinic.
  const kinds: Readonly<Record<string, string>> = texts.kinds;
  const kind = kinds[view.mails.category] ?? texts.kinds.message;
  return view.isWanted
    ? {
        title: texts.title,
        content: html`<p><strong>${kind}</strong></p>
<p>${texts.ask}</p>
<form method="post" action="${action}"><button type="submit" name="List-Unsubscribe" value="One-Click">${texts.stop}</button></form>`,
      }
    : {
        title: texts.stoppedTitle,
        content: html`<p><strong>${kind}</strong></p>
<p role="status">${texts.stopped}</p>
<form method="post" action="${action}"><button type="submit" name="choice" value="on">${texts.again}</button></form>`,
      };
}
