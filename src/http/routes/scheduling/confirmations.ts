/** The page of a link in a mail, which confirms an appointment without a sign-in (ADR 0235). */
import { z } from '@hono/zod-openapi';
import type { Context as HonoContext } from 'hono';
import { html } from 'hono/html';
import { CONFIRM_PAGE, type ConfirmPageTexts } from '../../../../domain/scheduling/texts/confirm-page.ts';
import { linkTo } from '../../../../domain/shared/link-targets.ts';
import { addressSubject } from '../../../app/address.ts';
import { type ConfirmationView, confirmByMail, readConfirmation } from '../../../app/scheduling/confirmation.ts';
import { rawText } from '../../bounds.ts';
import type { AppEnv } from '../../env.ts';
import { pathTo } from '../../links.ts';
import { page as pageOf } from '../../pages.ts';
import { readerLanguage } from '../../reader-language.ts';
import { page, type Routes, route } from '../../router.ts';
import { limit } from '../identity/limits.ts';

const params = z.object({ token: rawText(64) });
const limits = ['mailed_link'] as const;
const ENDED = 'The link is unknown, or its appointment was moved or cancelled or has begun';
const EXAMPLE = { none: 'The link is in a mail about an appointment' };

export const confirmationRoutes: Routes = [
  route(
    {
      operationId: 'getConfirmationPage',
      method: 'get',
      path: '/confirm/{token}',
      summary: 'Get the page that confirms an appointment',
      description:
        'For people, who come by the link of a mail. It shows the clinic and the time, in the language of the mail’s receiver, and a button. Getting it changes nothing: programs that check mails follow links.',
      tag: 'Before the visit',
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
      return confirmationPage(c, token, await readConfirmation(c.get('deps'), c.get('context'), token));
    },
  ),

  route(
    {
      operationId: 'confirmByLink',
      method: 'post',
      path: '/confirm/{token}',
      summary: 'Confirm an appointment by the link of a mail',
      description:
        'What the button of the page sends. The link can do nothing else. It works once, and ends when the appointment is moved, cancelled or begins. Sending it again is answered as the first time.',
      tag: 'Before the visit',
      access: 'public',
      anyAccept: true,
      limits,
      example: EXAMPLE,
      request: { params },
      responses: { 200: page('The appointment is confirmed'), 404: page(ENDED) },
    },
    async (c) => {
      await limit(c, 'mailed_link', addressSubject(c.env.clientAddress));
      const { token } = c.req.valid('param');
      return confirmationPage(c, token, await confirmByMail(c.get('deps'), c.get('context'), token));
    },
  ),
];

async function confirmationPage(c: HonoContext<AppEnv>, token: string, view: ConfirmationView): Promise<Response> {
  const { tag, language, words } = await readerLanguage(c, view.language);
  const texts = CONFIRM_PAGE[language];
  const clinic = view.clinic.name ?? words.portal;
  const when = view.time === null ? '' : words.when(view.time, { language: tag });
  const { title, content } = parts(view.state, texts, when, pathTo('confirmByLink', { token }));
  const { publicUrl } = c.get('deps').settings;
  return pageOf(
    c,
    `${title} – ${clinic}`,
    html`<p class="quiet">${clinic}</p>
<h1>${title}</h1>
${content}
<p><a href="${linkTo(publicUrl, '/appointments')}">${texts.toPortal}</a></p>`,
    { language, direction: words.direction, status: view.state === 'ended' ? 404 : 200 },
  );
}

function parts(state: ConfirmationView['state'], texts: ConfirmPageTexts, when: string, action: string) {
  switch (state) {
    case 'open':
      return {
        title: texts.title,
        content: html`<p>${texts.ask(when)}</p>
<form method="post" action="${action}"><button type="submit">${texts.button}</button></form>`,
      };
    case 'confirmed':
      return { title: texts.confirmedTitle, content: html`<p role="status">${texts.confirmed(when)}</p>` };
    case 'ended':
      return { title: texts.endedTitle, content: html`<p>${texts.ended}</p>` };
  }
}
