/** What a proxy reads in the own history. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Clinic, type Person, startClinic } from './clinic.ts';

let clinic: Clinic;
beforeAll(async () => {
  clinic = await startClinic();
});
afterAll(() => clinic.portal.close());

const LIA = { firstName: 'Lia', lastName: 'Silva', channel: 'phone', dateOfBirth: '2019-01-02' };
const proof = ({ id }: Person) => ({ personId: id, ground: 'parent', proof: 'Birth certificate seen' });

test('R75: reads in the own history what was done for whom, page by page, and names as long as the proxy is in force', async () => {
  const { portal } = clinic;
  const mother = await clinic.person('patient', 'nora');
  const daughter = (await clinic.post('/patients', clinic.staff.token, LIA)).body.id as string;
  const { id: proxy } = (await clinic.post(`/patients/${daughter}/proxies`, clinic.staff.token, proof(mother))).body;
  const { id } = (await clinic.book(mother.token, '11:30', { patientId: daughter })).body;
  portal.clock.advance(1);
  expect((await clinic.get(`/appointments/${id}`, mother.token)).status).toBe(200);
  portal.clock.advance(1);
  expect((await clinic.post(`/appointments/${id}/cancel`, mother.token, {})).status).toBe(200);
  portal.clock.advance(1);
  const history = async (token: string) => {
    const events: { id: string; what: string; who: string; patient: { name: string } | null }[] = [];
    let path: string | undefined = '/audit/me?limit=2';
    while (path !== undefined) {
      const { status, body } = await clinic.get(path, token);
      expect(status).toBe(200);
      events.push(...body.data);
      path = body._links.next?.href.replace('/api/v1', '');
    }
    expect(new Set(events.map((event) => event.id)).size).toBe(events.length);
    return events;
  };
  const acts = async () => (await history(mother.token)).filter(({ patient }) => patient !== null);
  const named = { id: daughter, name: 'Lia Silva' };
  expect(await acts()).toMatchObject([
    { what: 'Lia Silva’s appointment was cancelled by you.', who: 'you', patient: named },
    { what: 'Lia Silva’s appointment was seen by you.', who: 'you', patient: named },
    { what: 'Lia Silva’s appointment was booked by you.', who: 'you', patient: named },
  ]);
  const { body: csv } = await clinic.get('/audit/me/export', mother.token);
  expect(csv).toContain('Lia Silva’s appointment was booked by you.');
  // What others did for the child is in the history of the child alone.
  expect((await history(clinic.maria.token)).map(({ patient }) => patient?.name)).not.toContain('Lia Silva');
  expect((await clinic.delete(`/proxies/${proxy}`, clinic.staff.token)).status).toBe(204);
  expect((await acts()).map(({ what, patient }) => [what, patient])).toContainEqual([
    'The patient’s appointment was booked by you.',
    { id: daughter, name: null },
  ]);
});
