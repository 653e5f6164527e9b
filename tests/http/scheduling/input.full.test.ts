import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ACCESS } from '../../support/operations.ts';
import { type Clinic, startClinic } from './clinic.ts';

const ID = '01900000-0000-7000-8000-00000000abcd';
const NASTY: readonly unknown[] = [
  {},
  [],
  null,
  'text',
  { doctorId: 1, appointmentDate: {}, startTime: [], appointmentType: null },
  { __proto__: { admin: true }, constructor: 1 },
  '{"__proto__":{"rank":1},"type":"consultation","from":"0001-01-01","to":"9999-12-31"}',
  ...['0001-01-01', '9999-12-31', '10000-01-01', '2026-02-30', '-0001-01-01'].flatMap((date) => [
    { doctorId: ID, appointmentDate: date, startTime: '10:00', appointmentType: 'consultation', patientId: ID },
    { date, available: [{ start: '10:00', end: '10:00' }] },
    { from: date, until: date, name: 'x' },
    { from: date, to: date, type: 'consultation', patientId: ID },
    { doctorId: ID, start: `${date}T00:00:00+23:59`, type: 'consultation' },
    { timezone: 'UTC', weekly: [{ weekday: 1, start: '10:00', end: '11:00', validFrom: date, validUntil: date }] },
  ]),
  { code: 'a'.repeat(300), name: '\u0000', durationMinutes: 1e308, slotIntervalMinutes: -0.5 },
  { specialty: '\ud800', languages: ['x'.repeat(99)], bio: null, acceptingPatients: 'yes' },
];
const CURSORS = ['["x"]', '[1,"x"]', '["x",1]', '[1e300,"x"]', '[null]', '{}', `[-1e15,"${ID}"]`].map((text) =>
  btoa(text),
);

describe('R30: no input of any kind gives a server error', () => {
  let clinic: Clinic;
  beforeAll(async () => {
    clinic = await startClinic();
  });
  afterAll(() => clinic.portal.close());

  const routes = Object.keys(ACCESS).filter((route) =>
    /\/(doctors|appointment-types|appointments|waitlist|calendar|clinic)\b/.test(route),
  );

  test('whoever sends it, wherever', async () => {
    expect(routes.length).toBeGreaterThan(40);
    const failures: string[] = [];
    const { maria, doctor, admin } = clinic;
    for (const route of routes) {
      const [method = '', pattern = ''] = route.split(' ');
      const own = pattern.startsWith('/api/v1/doctors/') ? doctor.id : ID;
      const path = pattern
        .replace('{secret}', 'A'.repeat(43))
        .replace(/\{id\}/, own)
        .replace(/\{[^}]+\}/g, ID);
      const queries = method === 'GET' ? CURSORS.map((cursor) => `?cursor=${encodeURIComponent(cursor)}`) : [''];
      const dates = ['0001-01-01', '9999-12-31', '2026-01-01&to=2026-12-31', '2026-03-03&from=2026-03-02'];
      const ranges = dates.map((date) => `?doctorId=${doctor.id}&from=${date}&date=${date}&to=${date}`);
      for (const token of [maria.token, admin.token]) {
        for (const query of method === 'GET' ? [...queries, ...ranges, '?limit=x&limit=2&type=%00'] : ['']) {
          for (const body of method === 'GET' || method === 'DELETE' ? [undefined] : NASTY) {
            const headers = { 'If-Match': '"v1"', 'Content-Type': 'application/json' };
            const reply = await clinic.portal.request(method, `${path}${query}`, { token, body, headers });
            if (reply.status >= 500) failures.push(`${method} ${path}${query} ${JSON.stringify(body)}`);
          }
        }
      }
    }
    expect(failures).toEqual([]);
  }, 120_000);

  test('whatever stands for an id, a place in a list or a time, on every route that reads', async () => {
    const dashes = '-'.repeat(36);
    const ids = [ID, dashes, ID.toUpperCase(), `${ID}0`, '%00', '0'];
    const places = [7.9e15, -7.9e15, 1e300, 0, dashes, ID].flatMap((first) => [
      [first],
      [first, ID],
      [first, dashes],
      [dashes, first],
    ]);
    const times = ['0000-01-01T00:00:00Z', '-000001-01-01T00:00:00Z', '9999-12-31T23:59:59Z', '0001-01-01', 'NaN'];
    const queries = [
      '',
      ...places.map((place) => `?cursor=${encodeURIComponent(btoa(JSON.stringify(place)))}`),
      ...times.flatMap((time) => [`?from=${time}`, `?to=${time}`, `?from=${time}&to=${time}`]),
      ...[dashes, '%00', '%ed%a0%80'].flatMap((text) => [`?user=${text}`, `?type=${text}`, `?patientId=${text}`]),
    ];
    const failures: string[] = [];
    const headers = { Authorization: `Bearer ${clinic.admin.token}` };
    for (const route of Object.keys(ACCESS)) {
      const [method = '', pattern = ''] = route.split(' ');
      if (method !== 'GET') continue;
      for (const id of pattern.includes('{') ? ids : [ID]) {
        const path = pattern.replace(/\{[^}]+\}/g, id);
        for (const query of id === ID ? queries : ['']) {
          const reply = await clinic.portal.fetch(new Request(`https://portal.example${path}${query}`, { headers }));
          await reply.body?.cancel();
          if (reply.status >= 500) failures.push(`${method} ${path}${query}`);
        }
      }
    }
    expect(failures).toEqual([]);
  }, 120_000);
});
