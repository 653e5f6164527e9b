/** The page of a link to a shared file. It is the same whether or not there is such a link, until a file is opened (ADR 0253). */
import { z } from '@hono/zod-openapi';
import type { Context as HonoContext } from 'hono';
import { html } from 'hono/html';
import { MAXIMUM_PASSCODE } from '../../../../domain/files/public-link.ts';
import { SHARED_PAGE, type SharedPageTexts } from '../../../../domain/files/texts/shared-page.ts';
import { addressSubject } from '../../../app/address.ts';
import { enterLink } from '../../../app/files/public-links.ts';
import { rawText } from '../../bounds.ts';
import type { AppEnv } from '../../env.ts';
import { pathTo } from '../../links.ts';
import { anonymousContext } from '../../middleware/anonymous.ts';
import { type Html, page as pageOf } from '../../pages.ts';
import { readerLanguage } from '../../reader-language.ts';
import { page, type Routes, route } from '../../router.ts';
import { limit } from '../identity/limits.ts';

const params = z.object({ secret: rawText(64) });
const EXAMPLE = { none: 'The link is given when a file is shared by one, which the clinic has to allow' };
/** The longest passcode, before its characters are composed. */
const MAXIMUM_TYPED = MAXIMUM_PASSCODE * 4;

export const sharedPageRoutes: Routes = [
  route(
    {
      operationId: 'getSharedPage',
      method: 'get',
      path: '/shared/{secret}',
      summary: 'Get the page that opens a shared file',
      description:
        'For people, who come by a link. It says that a document is shared, and has a field for a passcode and a button. It is the same for every address; getting it reads and changes nothing: programs follow links.',
      tag: 'Opening and sharing files',
      access: 'public',
      anyAccept: true,
      limits: ['mailed_link'],
      example: EXAMPLE,
      request: { params },
      responses: { 200: page('The page') },
    },
    async (c) => {
      await limit(c, 'mailed_link', addressSubject(c.env.clientAddress));
      return askingPage(c, c.req.valid('param').secret, false);
    },
  ),
  route(
    {
      operationId: 'openSharedFile',
      method: 'post',
      path: '/shared/{secret}',
      summary: 'Open a shared file by its link',
      description:
        'What the button of the page sends. It answers with a page that has a link to the file, which works for five minutes. A wrong passcode is answered as a link that is unknown, has ended or is locked: after five wrong ones the link is locked for a quarter of an hour, and longer after more.',
      tag: 'Opening and sharing files',
      access: 'public',
      anyAccept: true,
      limits: ['mailed_link', 'link_passcode'],
      example: EXAMPLE,
      request: {
        params,
        body: {
          required: true,
          content: {
            'application/x-www-form-urlencoded': {
              schema: z.strictObject({ passcode: rawText(MAXIMUM_TYPED).optional() }),
            },
          },
        },
      },
      responses: {
        200: page('With a link to the file'),
        404: page('The link has ended or is unknown, or the passcode is wrong'),
      },
    },
    async (c) => {
      const address = addressSubject(c.env.clientAddress);
      await limit(c, 'mailed_link', address);
      const { secret } = c.req.valid('param');
      const passcode = (c.req.valid('form').passcode ?? '').normalize('NFC').trim() || null;
      const giveBack = passcode === null ? async () => {} : await limit(c, 'link_passcode', address);
      const entered = await enterLink(c.get('deps'), anonymousContext(c), secret, passcode).catch(async (fault) => {
        // The passcode was not judged, as when too many hashes wait.
        await giveBack();
        throw fault;
      });
      if (entered === undefined) return askingPage(c, secret, true);
      await giveBack();
      return readyPage(c, `${pathTo('openFileByLink', { id: entered.fileId })}?token=${entered.token}`);
    },
  ),
];

interface Content {
  readonly title: string;
  readonly content: Html;
  readonly status: 200 | 404;
}

/** A page in the language of the browser: of who comes by a link nothing else is known. */
async function sharedPage(c: HonoContext<AppEnv>, contentOf: (texts: SharedPageTexts) => Content): Promise<Response> {
  const { language, words } = await readerLanguage(c, null);
  const { title, content, status } = contentOf(SHARED_PAGE[language]);
  c.header('Cache-Control', 'no-store');
  c.header('X-Robots-Tag', 'noindex, nofollow');
  return pageOf(
    c,
    `${title} – ${words.portal}`,
    html`<p class="quiet">${words.portal}</p>
<h1>${title}</h1>
${content}`,
    { language, direction: words.direction, status },
  );
}

function askingPage(c: HonoContext<AppEnv>, secret: string, wasRefused: boolean): Promise<Response> {
  return sharedPage(c, (texts) => ({
    title: texts.title,
    status: wasRefused ? 404 : 200,
    content: html`${wasRefused ? html`<p role="alert">${texts.refused}</p>` : html`<p>${texts.about}</p>`}
<form method="post" action="${pathTo('openSharedFile', { secret })}">
<label for="passcode">${texts.passcode} <input id="passcode" name="passcode" type="password" autocomplete="off" maxlength="${MAXIMUM_PASSCODE}" aria-describedby="hint"></label>
<button type="submit">${texts.open}</button>
</form>
<p class="quiet" id="hint">${texts.passcodeHint}</p>`,
  }));
}

function readyPage(c: HonoContext<AppEnv>, href: string): Promise<Response> {
  return sharedPage(c, (texts) => ({
    title: texts.readyTitle,
    status: 200,
    content: html`<p role="status">${texts.ready}</p>
<p><a class="button" href="${href}">${texts.open}</a></p>`,
  }));
}
