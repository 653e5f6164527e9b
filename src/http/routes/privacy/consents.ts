/** A person's decisions on legal texts, and the texts that are outstanding. */
import { z } from '@hono/zod-openapi';
import type { Consent } from '../../../../domain/privacy/changes.ts';
import { outstandingTexts } from '../../../../domain/privacy/legal-text.ts';
import type { ShownConsent } from '../../../../domain/privacy/ports.ts';
import { recordConsent } from '../../../app/privacy/consents.ts';
import { knownActor } from '../../actor.ts';
import { rawText } from '../../bounds.ts';
import { pathTo } from '../../links.ts';
import { decodeCursor, idInCursor, instantInCursor, paged } from '../../page.ts';
import { json, jsonBody, type Routes, route, unwrap } from '../../router.ts';
import { links, pageOf, pageQuery } from '../../schemas.ts';
import { shownCode, shownId, shownInstant } from '../../shown.ts';

export const consentSchema = z
  .object({
    id: shownId,
    kind: shownCode('terms'),
    version: shownCode('1'),
    given: z.boolean(),
    at: shownInstant,
    current: z.boolean().openapi({ description: 'Whether it is the newest of its kind' }),
  })
  .openapi('Consent');

/** Codes without free text, because the audit log stores them unencrypted and permanently. */
export const textKind = rawText(32)
  .regex(/^[a-z][a-z0-9_]{0,31}$/, { error: 'expected 1 to 32 lower-case letters, digits and underscores' })
  .openapi({ example: 'terms' });
export const textVersion = rawText(32)
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,31}$/, {
    error: 'expected 1 to 32 letters, digits, dots, dashes and underscores',
  })
  .openapi({ example: '1' });

const consentBody = z.strictObject({
  kind: textKind,
  version: textVersion.openapi({ description: 'Of the text that was shown' }),
  given: z.boolean().openapi({ description: 'False refuses or withdraws it' }),
});

const outstandingSchema = z
  .object({
    kind: shownCode('terms'),
    version: shownCode('1'),
    acceptance: z.enum(['required', 'optional']),
    _links: links,
  })
  .openapi('OutstandingText');

export function consentView(
  { id, kind, version, given, at }: Consent,
  current: boolean,
): z.infer<typeof consentSchema> {
  return { id, kind, version, given, at: new Date(at).toISOString(), current };
}

export const consentRoutes: Routes = [
  route(
    {
      operationId: 'listConsents',
      method: 'get',
      path: '/api/v1/consents',
      summary: 'List my consents',
      description:
        'Every decision, newest first. `outstanding` names the current texts that await a decision: required ones that are not accepted, and optional ones that were neither accepted nor refused.',
      tag: 'Privacy',
      access: 'manage:own_consents',
      example: { as: 'patient' },
      request: { query: pageQuery },
      responses: {
        200: json(pageOf(consentSchema).extend({ outstanding: z.array(outstandingSchema) }), 'Consents'),
      },
    },
    async (c) => {
      const { limit, cursor } = c.req.valid('query');
      const { database, loads } = c.get('deps');
      const { now } = c.get('context');
      const { userId } = knownActor(c);
      const place = decodeCursor(cursor);
      const after = place === undefined ? null : { at: instantInCursor(place[0]), id: idInCursor<'consent'>(place[1]) };
      const [consents, texts, decisions] = await database.load(
        loads.privacy.consents(userId, { after, limit }),
        loads.privacy.legalTexts(),
        loads.privacy.textDecisions(userId),
      );
      const present = (consent: ShownConsent) => consentView(consent, consent.current);
      const outstanding = outstandingTexts(texts, decisions, now).map(({ kind, version, acceptance }) => ({
        kind,
        version,
        acceptance,
        _links: { text: { href: `${pathTo('getLegalText', { kind })}?version=${version}` } },
      }));
      return c.json({ ...paged(c, consents, limit, present, ({ at, id }) => [at, id]), outstanding }, 200);
    },
  ),
  route(
    {
      operationId: 'recordConsent',
      method: 'post',
      path: '/api/v1/consents',
      summary: 'Accept, refuse or withdraw a text',
      description:
        'Kind and version must be those of a published text that is in force: see /legal. A former acceptance can be withdrawn even if its text is no longer in force.',
      tag: 'Privacy',
      access: 'manage:own_consents',
      example: {
        as: 'patient',
        body: { kind: 'newsletter', version: '1', given: true },
        after: ['publishLegalText'],
      },
      request: { body: jsonBody(consentBody) },
      responses: { 201: json(consentSchema, 'Recorded, with its time') },
      refusals: ['legal_text_unknown'],
    },
    async (c) => {
      const context = c.get('context');
      const recorded = await recordConsent(c.get('deps'), context, knownActor(c), c.req.valid('json'), (consent) => ({
        status: 201,
        body: consentView(consent, true),
      }));
      const { body } = unwrap(recorded, (error) =>
        error.code === 'legal_text_unknown'
          ? {
              errors: [
                {
                  pointer: `/${error.field}`,
                  code: 'unknown',
                  message: `expected one that is published: ${error.known.join(', ')}`,
                },
              ],
            }
          : undefined,
      );
      return c.json(body as z.infer<typeof consentSchema>, 201);
    },
  ),
];
