/** What the clinic's messages say, for administrators. */
import { z } from '@hono/zod-openapi';
import { categoryOf, TEMPLATE_NAMES } from '../../../../domain/messages.ts';
import { MESSAGE_CATEGORIES } from '../../../../domain/shared/messages.ts';
import { LANGUAGES } from '../../../../domain/shared/wording/language.ts';
import { PREVIEW_FORMATS, type PreviewFormat, previewTemplate } from '../../../app/notifications/preview.ts';
import { linkTo } from '../../links.ts';
import { json, type Routes, route, unwrap } from '../../router.ts';
import { line, links } from '../../schemas.ts';
import { shownCode } from '../../shown.ts';

const templateSchema = z
  .object({
    name: shownCode('appointment-reminder'),
    category: z.enum(MESSAGE_CATEGORIES),
    languages: z.array(z.enum(LANGUAGES)),
    _links: links,
  })
  .openapi('MessageTemplate');

const TYPES: Readonly<Record<PreviewFormat, string>> = {
  html: 'text/html; charset=utf-8',
  text: 'text/plain; charset=utf-8',
  sms: 'text/plain; charset=utf-8',
  push: 'text/plain; charset=utf-8',
  ics: 'text/calendar; charset=utf-8',
};
/** The mail has styles and the logo in itself, and loads nothing; `sandbox` keeps it from acting as a page of the portal. */
const POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox; frame-ancestors 'self'";

const shownPreview = z.string().openapi({ description: 'The message' });

export const templateRoutes: Routes = [
  route(
    {
      operationId: 'listTemplates',
      method: 'get',
      path: '/api/v1/admin/templates',
      summary: 'List the templates of messages',
      tag: 'Message administration',
      access: 'manage:clinic',
      example: { as: 'admin' },
      responses: { 200: json(z.object({ data: z.array(templateSchema) }), 'Every template') },
    },
    (c) =>
      c.json(
        {
          data: TEMPLATE_NAMES.map((name) => ({
            name,
            category: categoryOf(name),
            languages: [...LANGUAGES],
            _links: { preview: linkTo('previewTemplate', { name }) },
          })),
        },
        200,
      ),
  ),

  route(
    {
      operationId: 'previewTemplate',
      method: 'get',
      path: '/api/v1/admin/templates/{name}/preview',
      summary: 'Preview a template',
      description:
        'The message with sample data, as the clinic sends it, with its logo in the HTML. 404 `not_found` also for a format that the template has not: only some have a file for calendars, and links with a token go by mail alone. Of a push message the first line is its title.',
      tag: 'Message administration',
      access: 'manage:clinic',
      anyAccept: true,
      example: { as: 'admin', path: { name: 'appointment-confirmation' }, query: { language: 'de', format: 'text' } },
      request: {
        params: z.object({ name: line(64) }),
        query: z.object({
          language: z.enum(LANGUAGES).default('en'),
          format: z.enum(PREVIEW_FORMATS).default('html'),
        }),
      },
      responses: {
        200: {
          description: 'The message',
          content: {
            'text/html': { schema: shownPreview },
            'text/plain': { schema: shownPreview },
            'text/calendar': { schema: shownPreview },
          },
        },
      },
      refusals: ['not_found'],
    },
    async (c) => {
      const { language, format } = c.req.valid('query');
      const shown = unwrap(await previewTemplate(c.get('deps'), c.req.valid('param').name, language, format));
      return c.body(shown, 200, { 'Content-Type': TYPES[format], 'Content-Security-Policy': POLICY });
    },
  ),
];
