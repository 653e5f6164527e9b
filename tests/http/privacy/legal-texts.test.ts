/** Legal texts, published in versions that stay; consents are decisions on them. */
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { checkDecision, type LegalText, outstandingTexts } from '../../../domain/privacy/legal-text.ts';
import { NOON } from '../../support/portal.ts';
import { type Clinic, startClinic } from '../scheduling/clinic.ts';

let clinic: Clinic;
let admin: string;
let maria: string;

const text = (words: string, language = 'en') => ({ language, title: `Terms (${language})`, text: words });
const publish = (kind: string, body: unknown, token = admin) => clinic.put(`/legal/${kind}`, token, body);

beforeAll(async () => {
  clinic = await startClinic();
  admin = clinic.admin.token;
  maria = clinic.maria.token;
});
afterAll(() => clinic.portal.close());

describe('legal texts (GDPR Art. 7(1))', () => {
  test('a new clinic has terms, a privacy notice and a cookie notice, which are public', async () => {
    const { body } = await clinic.portal.request('GET', '/api/v1/legal');
    expect(body.data.map(({ kind, acceptance }: Record<string, string>) => `${kind} ${acceptance}`)).toEqual([
      'cookies optional',
      'privacy required',
      'terms required',
    ]);
    for (const { kind } of body.data) {
      const read = await clinic.portal.request('GET', `/api/v1/legal/${kind}`);
      expect(read).toMatchObject({ status: 200, body: { kind, version: '1', language: 'en', current: true } });
      expect(read.body.text.length).toBeGreaterThan(200);
    }
    expect((await clinic.portal.request('GET', '/api/v1/legal/newsletter')).status).toBe(404);
  });

  test('only administrators can publish, after a step-up', async () => {
    const body = { version: 'x', texts: [text('words')] };
    for (const token of [maria, clinic.staff.token, clinic.doctor.token]) {
      expect((await publish('terms', body, token)).status).toBe(403);
    }
    clinic.portal.clock.advance(301);
    expect((await publish('terms', body)).body.code).toBe('step_up_required');
    admin = await clinic.portal.signIn(clinic.admin.email);
    maria = await clinic.portal.signIn(clinic.maria.email);
  });

  test('a version comes into force on its day, in its languages, and never changes', async () => {
    const from = '2026-03-03T00:00:00Z';
    const body = { version: '2', from, texts: [text('New <b>terms</b> & "more"'), text('Neue Bedingungen', 'de')] };
    expect(await publish('terms', body)).toMatchObject({ status: 200, body: { version: '2', current: false } });
    expect((await publish('terms', body)).status).toBe(200);
    const other = await publish('terms', { ...body, texts: [text('Others')] });
    expect(other).toMatchObject({ status: 409, body: { code: 'legal_version_exists' } });
    const past = await publish('terms', { ...body, version: '3', from: '2026-03-01T00:00:00Z' });
    expect(past).toMatchObject({ status: 422, body: { errors: [{ pointer: '/from' }] } });
    expect((await publish('terms', { ...body, version: '4', texts: [] })).status).toBe(422);
    expect((await publish('terms', { ...body, version: '4', texts: [text('a'), text('b')] })).status).toBe(422);

    const read = async (query = '') => (await clinic.portal.request('GET', `/api/v1/legal/terms${query}`)).body;
    expect(await read()).toMatchObject({ version: '1' });
    clinic.portal.clock.advance(86_400);
    expect(await read()).toMatchObject({ version: '2', text: 'New <b>terms</b> & "more"', languages: ['en', 'de'] });
    expect(await read('?language=de-AT')).toMatchObject({ language: 'de', text: 'Neue Bedingungen' });
    expect(await read('?language=fr')).toMatchObject({ language: 'en' });
    expect(await read('?version=1')).toMatchObject({ version: '1', current: false });
    const versions = await clinic.portal.request('GET', '/api/v1/legal/terms/versions');
    expect(versions.body.data.map(({ version }: { version: string }) => version)).toEqual(['2', '1']);
    admin = await clinic.portal.signIn(clinic.admin.email);
    maria = await clinic.portal.signIn(clinic.maria.email);
  });

  test('only a published version can be accepted; an accepted one can always be withdrawn', async () => {
    const decide = (kind: string, version: string, given = true) => {
      clinic.portal.clock.advance(1);
      return clinic.post('/consents', maria, { kind, version, given });
    };
    const unknownKind = await decide('research', '1');
    expect(unknownKind).toMatchObject({
      status: 422,
      body: { code: 'legal_text_unknown', errors: [{ pointer: '/kind', message: expect.stringContaining('terms') }] },
    });
    expect((await decide('terms', '9')).body).toMatchObject({ errors: [{ pointer: '/version' }] });
    expect((await decide('terms', '9', false)).status).toBe(422);

    const outstanding = async () =>
      (await clinic.get('/consents', maria)).body.outstanding.map(
        (each: Record<string, string>) => `${each.kind} ${each.version}`,
      );
    expect(await outstanding()).toEqual(['cookies 1', 'privacy 1', 'terms 2']);
    for (const [kind, version] of [
      ['terms', '1'],
      ['privacy', '1'],
    ] as const) {
      expect((await decide(kind, version)).status).toBe(201);
    }
    // The current version is another one; a refusal settles what is optional, and not what is required.
    expect((await decide('cookies', '1', false)).status).toBe(201);
    expect((await decide('terms', '2', false)).status).toBe(201);
    expect(await outstanding()).toEqual(['terms 2']);
    expect((await decide('terms', '2')).status).toBe(201);
    expect(await outstanding()).toEqual([]);
  });

  test('administrators see who accepted which version when, and the read is recorded for each person', async () => {
    const found = await clinic.get('/legal/terms/acceptances?version=2', admin);
    const last = found.body.data[0];
    expect(last).toMatchObject({ userId: clinic.maria.id, kind: 'terms', version: '2', given: true, current: true });
    expect(found.body.data).toHaveLength(2);
    const second = await clinic.get('/legal/terms/acceptances?limit=2', admin);
    expect(second.body.page.nextCursor).not.toBeNull();
    const history = (await clinic.get('/audit/me', maria)).body.data;
    expect(history.map(({ what }: { what: string }) => what)).toContain('Your consents were seen by admin Example.');
    expect((await clinic.get('/legal/terms/acceptances', clinic.staff.token)).status).not.toBe(200);
  });
});

test('a consent from before texts were published can be withdrawn, but not given again', () => {
  const former = { kind: 'research', version: '2026-01' };
  const decisions = [{ ...former, given: true }];
  const texts: LegalText[] = [];
  expect(checkDecision({ ...former, given: false }, texts, decisions, NOON)).toBeUndefined();
  expect(checkDecision({ ...former, given: true }, texts, decisions, NOON)).toMatchObject({ field: 'kind' });
  expect(outstandingTexts(texts, decisions, NOON)).toEqual([]);
});

describe('the examples', () => {
  test('the example of the document and that of docs/privacy.md are accepted', async () => {
    const guide = await readFile(new URL('../../../docs/privacy.md', import.meta.url), 'utf8');
    const shown = JSON.parse(/```json\n([\s\S]*?)```/.exec(guide)?.[1] ?? '');
    const document = (await clinic.portal.request('GET', '/openapi.json')).body;
    const body = document.paths['/api/v1/legal/{kind}'].put.requestBody.content['application/json'].schema;
    const { example } = body.$ref === undefined ? body : document.components.schemas[body.$ref.split('/').at(-1)];
    expect((await publish('guide', shown)).status).toBe(200);
    expect((await publish('document', example)).status).toBe(200);
  });
});
