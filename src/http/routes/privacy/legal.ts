/** The clinic's legal texts: anybody reads them, administrators publish them. */

import { z } from '@hono/zod-openapi';
import type { Context as HonoContext } from 'hono';
import { requireStepUp } from '../../../../domain/identity/step-up.ts';
import { currentText, type LegalText, newestFirst, textIn } from '../../../../domain/privacy/legal-text.ts';
import type { Acceptance } from '../../../../domain/privacy/ports.ts';
import { cached } from '../../../app/cache/cached.ts';
import { cacheReads } from '../../../app/cache/kinds.ts';
import { publishLegalText, readAcceptances } from '../../../app/privacy/legal-texts.ts';
import { userActor } from '../../actor.ts';
import { list } from '../../bounds.ts';
import type { AppEnv } from '../../env.ts';
import { fieldProblem } from '../../faults.ts';
import { linkTo, pathTo } from '../../links.ts';
import { decodeCursor, idInCursor, instantInCursor, paged } from '../../page.ts';
import { Problem } from '../../problems.ts';
import { json, jsonBody, type Routes, route, unwrap } from '../../router.ts';
import { idSchema, instant, language, line, links, pageOf, pageQuery, text } from '../../schemas.ts';
import { shownCode, shownId, shownInstant, shownLanguage, shownText } from '../../shown.ts';
import { consentSchema, consentView, textKind, textVersion } from './consents.ts';

const kindParams = z.object({ kind: textKind });

const versionSchema = z
  .object({
    kind: shownCode('terms'),
    version: shownCode('1'),
    acceptance: z.enum(['required', 'optional']).openapi({
      description: 'Whether acceptance is required',
    }),
    from: shownInstant.openapi({ description: 'When it becomes the current version' }),
    current: z.boolean(),
    languages: z.array(shownLanguage),
    _links: links,
  })
  .openapi('LegalVersion');

const textSchema = versionSchema
  .extend({
    language: shownLanguage,
    title: shownText(200, 'Terms of use'),
    format: z.literal('markdown'),
    text: shownText(200_000, '# Terms of use').openapi({
      description: 'Markdown without HTML: show angle brackets and ampersands as what they are',
    }),
  })
  .openapi('LegalText');

function versionView(found: LegalText, all: readonly LegalText[], now: number): z.infer<typeof versionSchema> {
  const { kind, version, acceptance, from, texts } = found;
  return {
    kind,
    version,
    acceptance,
    from: new Date(from).toISOString(),
    current: currentText(all, kind, now)?.version === version,
    languages: texts.map((each) => each.language),
    _links: {
      self: { href: `${pathTo('getLegalText', { kind })}?version=${version}` },
      versions: linkTo('listLegalTextVersions', { kind }),
    },
  };
}

function textView(found: LegalText, all: readonly LegalText[], now: number, wanted?: string) {
  const local = textIn(found, wanted);
  if (local === undefined) throw new Error(`${found.kind} ${found.version} has no text`);
  return { ...versionView(found, all, now), ...local, format: 'markdown' as const };
}

/** An example that a test sends. */
export const PUBLISH_EXAMPLE = {
  version: '2027-01',
  acceptance: 'required' as const,
  texts: [
    { language: 'en', title: 'Terms of use', text: '# Terms of use\n\nThe clinic offers this portal to its patients.' },
    {
      language: 'de',
      title: 'Nutzungsbedingungen',
      text: '# Nutzungsbedingungen\n\nDie Klinik bietet dieses Portal ihren Patienten an.',
    },
  ],
};

const publishBody = z
  .strictObject({
    version: textVersion,
    from: instant.optional().openapi({ description: 'When it comes into force, not in the past. Default: now' }),
    acceptance: z.enum(['required', 'optional']).default('required'),
    texts: list(z.strictObject({ language, title: line(200, 1), text: text(50_000, 1) }), 20)
      .refine(({ length }) => length > 0, { error: 'expected a text' })
      .refine((texts) => new Set(texts.map((each) => each.language)).size === texts.length, {
        error: 'expected each language once',
      })
      .openapi({ description: 'The text in each language, as Markdown without HTML; each language once' }),
  })
  .openapi({ example: PUBLISH_EXAMPLE });

const acceptanceSchema = consentSchema.extend({ userId: shownId }).openapi('Acceptance');

function knownTexts(c: HonoContext<AppEnv>) {
  const deps = c.get('deps');
  return cached(deps, cacheReads.legalTexts(), deps.loads.privacy.legalTexts());
}

const caches = () => [cacheReads.legalTexts()];

export const legalRoutes: Routes = [
  route(
    {
      operationId: 'listLegalTexts',
      method: 'get',
      path: '/api/v1/legal',
      summary: 'List the legal texts in force',
      description: 'The current version of each kind.',
      tag: 'Privacy',
      access: 'public',
      caches,
      example: { as: 'anybody' },
      responses: { 200: json(z.object({ data: z.array(versionSchema) }), 'Versions, without their words') },
    },
    async (c) => {
      const { now } = c.get('context');
      const all = await knownTexts(c);
      const data = all.map((each) => versionView(each, all, now)).filter(({ current }) => current);
      return c.json({ data }, 200);
    },
  ),
  route(
    {
      operationId: 'getLegalText',
      method: 'get',
      path: '/api/v1/legal/{kind}',
      summary: 'Get a legal text',
      description:
        'The current version, or the requested one. In the requested language if it exists, otherwise in the language that was published first.',
      tag: 'Privacy',
      access: 'public',
      caches,
      example: { as: 'anybody', path: { kind: 'newsletter' }, after: ['publishLegalText'] },
      request: {
        params: kindParams,
        query: z.object({ version: textVersion.optional(), language: language.optional() }),
      },
      responses: { 200: json(textSchema, 'The text') },
      refusals: ['not_found'],
    },
    async (c) => {
      const { kind } = c.req.valid('param');
      const { version, language: wanted } = c.req.valid('query');
      const { now } = c.get('context');
      const all = await knownTexts(c);
      const found =
        version === undefined
          ? currentText(all, kind, now)
          : all.find((each) => each.kind === kind && each.version === version);
      if (found === undefined) throw new Problem({ code: 'not_found' });
      return c.json(textView(found, all, now, wanted), 200);
    },
  ),
  route(
    {
      operationId: 'listLegalTextVersions',
      method: 'get',
      path: '/api/v1/legal/{kind}/versions',
      summary: 'List versions of a legal text',
      description: 'Newest first, including versions that are not in force yet. Versions are never removed.',
      tag: 'Privacy',
      access: 'public',
      caches,
      example: { as: 'anybody', path: { kind: 'newsletter' }, after: ['publishLegalText'] },
      request: { params: kindParams },
      responses: { 200: json(z.object({ data: z.array(versionSchema) }), 'Versions, without their words') },
      refusals: ['not_found'],
    },
    async (c) => {
      const { kind } = c.req.valid('param');
      const all = await knownTexts(c);
      const versions = all.filter((each) => each.kind === kind).toSorted(newestFirst);
      if (versions.length === 0) throw new Problem({ code: 'not_found' });
      return c.json({ data: versions.map((each) => versionView(each, all, c.get('context').now)) }, 200);
    },
  ),

  route(
    {
      operationId: 'publishLegalText',
      method: 'put',
      path: '/api/v1/legal/{kind}',
      summary: 'Publish a version of a legal text',
      description:
        'Takes `version` and `texts`, one entry for each language; the text is read in another form. A published version never changes: publishing the same text again changes nothing, and another text requires another version. To bring back a former text, publish it under a new version, without `from`. The first version of a kind creates the kind. Requires a recent proof of identity: see /auth/step-up.',
      tag: 'Privacy administration',
      access: 'manage:legal_texts',
      example: {
        as: 'admin',
        path: { kind: 'newsletter' },
        body: {
          version: '1',
          acceptance: 'optional',
          texts: [{ language: 'en', title: 'Newsletter', text: '# Newsletter\n\nNews of the clinic, by mail.' }],
        },
      },
      request: { params: kindParams, body: jsonBody(publishBody) },
      responses: { 200: json(textSchema, 'Published') },
      refusals: ['legal_version_exists', 'step_up_required'],
    },
    async (c) => {
      const context = c.get('context');
      const actor = userActor(c);
      unwrap(requireStepUp(actor, context.now));
      const { from, ...rest } = c.req.valid('json');
      if (from !== undefined && from < context.now) {
        throw fieldProblem('/from', 'too_early', 'must not be in the past: what was in force then cannot be changed');
      }
      const wanted = { ...rest, kind: c.req.valid('param').kind, from: from ?? context.now, publishedAt: context.now };
      const published = unwrap(await publishLegalText(c.get('deps'), context, actor, wanted));
      return c.json(textView(published, [published], context.now), 200);
    },
  ),
  route(
    {
      operationId: 'listAcceptances',
      method: 'get',
      path: '/api/v1/legal/{kind}/acceptances',
      summary: 'List acceptances of a legal text',
      description: 'Every decision, newest first. The reading is recorded in the record of each person listed.',
      tag: 'Privacy administration',
      access: 'manage:privacy',
      example: { as: 'admin', path: { kind: 'newsletter' }, query: { version: '1' }, after: ['recordConsent'] },
      request: {
        params: kindParams,
        query: pageQuery.extend({ version: textVersion.optional(), user: idSchema<'user'>('The person').optional() }),
      },
      responses: { 200: json(pageOf(acceptanceSchema), 'Decisions') },
    },
    async (c) => {
      const { limit, cursor, version, user } = c.req.valid('query');
      const place = decodeCursor(cursor);
      const after = place === undefined ? null : { at: instantInCursor(place[0]), id: idInCursor<'consent'>(place[1]) };
      const asked = { kind: c.req.valid('param').kind, version: version ?? null, userId: user ?? null };
      const found = await readAcceptances(c.get('deps'), c.get('context'), asked, { after, limit });
      const present = (each: Acceptance) => ({ ...consentView(each, each.current), userId: each.userId });
      return c.json(
        paged(c, found, limit, present, ({ at, id }) => [at, id]),
        200,
      );
    },
  ),
];
