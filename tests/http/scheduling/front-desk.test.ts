/** What the clinic reads to run its day: its appointments with their patients. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Clinic, startClinic, TUESDAY, WEDNESDAY, WEEK } from './clinic.ts';

interface Shown {
  readonly id: string;
  readonly startTime: string;
  readonly patient: { readonly id: string; readonly firstName: string } | null;
}

describe('the appointments of the clinic', () => {
  let clinic: Clinic;
  let ids: { early: string; late: string; other: string; wednesday: string };
  beforeAll(async () => {
    clinic = await startClinic();
    const { maria, paul, otherDoctor } = clinic;
    const book = async (...input: Parameters<Clinic['book']>) => (await clinic.book(...input)).body.id as string;
    ids = {
      late: await book(maria.token, '11:00', { reason: 'a rash' }),
      early: await book(paul.token, '09:00'),
      other: await book(paul.token, '10:00', { doctorId: otherDoctor.id }),
      wednesday: await book(maria.token, '09:00', { appointmentDate: WEDNESDAY, doctorId: otherDoctor.id }),
    };
    await clinic.post(`/appointments/${ids.other}/cancel`, paul.token, {});
  });
  afterAll(() => clinic.portal.close());

  const list = async (token: string, query = '') => {
    const { status, body } = await clinic.get(`/appointments${query}`, token);
    expect(status, JSON.stringify(body)).toBe(200);
    return body;
  };
  const idsOf = (data: readonly Shown[]) => data.map(({ id }) => id);

  test('staff see all by start, with name, birth date and phone of the patient', async () => {
    const { data } = await list(clinic.staff.token);
    expect(idsOf(data)).toEqual([ids.early, ids.other, ids.late, ids.wednesday]);
    const profile = (await clinic.get(`/users/${clinic.maria.id}/profile`, clinic.maria.token)).body;
    expect(data[2]).toMatchObject({
      reason: 'a rash',
      patient: {
        id: clinic.maria.id,
        firstName: profile.firstName,
        lastName: profile.lastName,
        dateOfBirth: profile.dateOfBirth,
        phoneNumber: profile.phoneNumber,
        _links: { profile: { href: `/api/v1/users/${clinic.maria.id}/profile` } },
      },
      _links: { cancel: { method: 'POST' } },
    });
  });

  test('the filters for doctors, dates, statuses and type narrow the list', async () => {
    const { staff, doctor, otherDoctor } = clinic;
    const found = async (query: string) => idsOf((await list(staff.token, query)).data);
    expect(await found(`?doctorIds=${doctor.id}`)).toEqual([ids.early, ids.late]);
    expect(await found(`?doctorIds=${doctor.id},${otherDoctor.id}&from=${TUESDAY}&to=${TUESDAY}`)).toEqual([
      ids.early,
      ids.other,
      ids.late,
    ]);
    expect(await found('?status=cancelled')).toEqual([ids.other]);
    expect(await found('?status=scheduled,cancelled&type=consultation')).toHaveLength(4);
    expect(await found('?type=no-such-type')).toEqual([]);
    expect(await found('?from=2026-03-03T09:30:00Z&to=2026-03-03T11:00:00Z')).toEqual([ids.other]);
    const wrong = await clinic.get('/appointments?status=held', staff.token);
    expect(wrong).toMatchObject({ status: 422, body: { errors: [{ parameter: 'status' }] } });
  });

  test('a second page continues after the first', async () => {
    const first = await list(clinic.staff.token, '?limit=3');
    expect(idsOf(first.data)).toEqual([ids.early, ids.other, ids.late]);
    const next = first._links.next.href.replace('/api/v1/appointments', '');
    const second = await list(clinic.staff.token, next);
    expect(idsOf(second.data)).toEqual([ids.wednesday]);
    expect(second.page.nextCursor).toBeNull();
  });

  test('R28: a doctor sees own appointments and those of own patients with others, and nobody else’s', async () => {
    expect(idsOf((await list(clinic.doctor.token)).data)).toEqual([ids.early, ids.other, ids.late, ids.wednesday]);
    const stranger = await clinic.person('doctor', 'stranger');
    expect((await list(stranger.token)).data).toEqual([]);
    expect((await clinic.get('/appointments', clinic.maria.token)).status).toBe(403);
  });

  test('R28: the clinic does not see the appointments of a patient who restricted the processing', async () => {
    const quiet = await clinic.person('patient', 'quiet');
    const booked = await clinic.book(quiet.token, '16:00');
    expect(idsOf((await list(clinic.staff.token)).data)).toContain(booked.body.id);
    const limit = { kind: 'restriction', ground: 'accuracy_contested' };
    expect((await clinic.post(`/users/${quiet.id}/processing-limits`, clinic.admin.token, limit)).status).toBe(201);
    expect(idsOf((await list(clinic.staff.token)).data)).not.toContain(booked.body.id);
  });

  test('R46: a page is recorded once for each patient whom it shows', async () => {
    const count = async () => {
      const { data } = (await clinic.get('/audit/me?limit=100', clinic.maria.token)).body;
      return data.filter(({ what }: { what: string }) => what === 'Your appointments were listed by staff Example.');
    };
    const before = (await count()).length;
    await list(clinic.staff.token, `?from=${TUESDAY}&to=${WEDNESDAY}`);
    expect(await count()).toHaveLength(before + 1);
    await list(clinic.staff.token, `?from=2026-05-01`);
    expect(await count()).toHaveLength(before + 1);
  });

  test('the filter for a location shows what takes place there', async () => {
    const park = await clinic.post('/locations', clinic.admin.token, { name: 'Park', timezone: 'UTC' });
    const here = await clinic.person('doctor', 'park');
    await clinic.hours(
      here.id,
      WEEK.map((rule) => ({ ...rule, locationId: park.body.id })),
    );
    const booked = await clinic.book(clinic.paul.token, '15:00', { doctorId: here.id });
    expect(booked.status, JSON.stringify(booked.body)).toBe(201);
    expect(idsOf((await list(clinic.staff.token, `?locationId=${park.body.id}`)).data)).toEqual([booked.body.id]);
  });
});

describe('the day sheet', () => {
  let clinic: Clinic;
  beforeAll(async () => {
    clinic = await startClinic();
    const { maria, paul, doctor, otherDoctor, staff } = clinic;
    await clinic.book(maria.token, '11:00');
    await clinic.book(paul.token, '10:00', { doctorId: otherDoctor.id });
    const hold = { doctorId: doctor.id, type: 'consultation', start: '2026-03-03T14:00:00Z' };
    const held = await clinic.post('/appointments/holds', staff.token, { ...hold, patientId: paul.id });
    expect(held.status, JSON.stringify(held.body)).toBe(201);
    const wish = { type: 'consultation', doctorId: doctor.id, from: TUESDAY, to: WEDNESDAY };
    expect((await clinic.post('/waitlist', paul.token, wish)).status).toBe(201);
    await clinic.post('/clinic/holidays', clinic.admin.token, {
      from: WEDNESDAY,
      until: WEDNESDAY,
      name: 'Stocktaking',
    });
  });
  afterAll(() => clinic.portal.close());

  const sheet = async (token: string, query = `?date=${TUESDAY}`) => {
    const { status, body } = await clinic.get(`/clinic/day${query}`, token);
    expect(status, JSON.stringify(body)).toBe(200);
    return body;
  };

  /** The days of the doctor and of the other doctor. */
  const ofBoth = async (token: string) => {
    const { doctors } = await sheet(token);
    expect(doctors).toHaveLength(2);
    return [clinic.doctor, clinic.otherDoctor].map(({ id }) =>
      doctors.find(({ doctorId }: { doctorId: string }) => doctorId === id),
    );
  };

  test('shows hours, appointments with patients, holds, free time and how many wait, of each doctor', async () => {
    const [first, second] = await ofBoth(clinic.staff.token);
    expect(first).toMatchObject({
      hours: [{ start: '2026-03-03T09:00:00Z', end: '2026-03-03T17:00:00Z' }],
      appointments: [{ startTime: '11:00', patient: { id: clinic.maria.id } }],
      appointmentCount: 1,
      holds: [{ type: 'consultation', start: '2026-03-03T14:00:00Z', end: '2026-03-03T14:30:00Z' }],
      absences: [],
    });
    expect(first.free.at(0)).toEqual({ start: '2026-03-03T09:00:00Z', end: '2026-03-03T11:00:00Z' });
    expect(first.types).toContainEqual({
      type: 'consultation',
      freeSlots: 14,
      firstSlot: '2026-03-03T09:00:00Z',
      waiting: 1,
    });
    expect(second.types.find(({ type }: { type: string }) => type === 'consultation').waiting).toBe(0);
    const link = first._links.appointments.href.replace('/api/v1', '');
    expect((await clinic.get(link, clinic.staff.token)).body.data).toHaveLength(1);
  });

  test('a holiday is named and closes the day', async () => {
    const { doctors } = await sheet(clinic.staff.token, `?date=${WEDNESDAY}&doctorIds=${clinic.doctor.id}`);
    expect(doctors).toMatchObject([
      { hours: [], free: [], types: [], absences: [{ kind: 'holiday', name: 'Stocktaking' }] },
    ]);
  });

  test('R28: a doctor sees the appointments of own patients; the others of a colleague are taken time', async () => {
    const [own, colleague] = await ofBoth(clinic.doctor.token);
    expect(own.appointments).toHaveLength(1);
    expect(colleague.appointments).toEqual([]);
    expect(colleague.taken).toEqual([{ start: '2026-03-03T10:00:00Z', end: '2026-03-03T10:30:00Z' }]);
    expect(colleague.free[0]).toEqual({ start: '2026-03-03T09:00:00Z', end: '2026-03-03T10:00:00Z' });
    expect((await clinic.get(`/clinic/day?date=${TUESDAY}`, clinic.maria.token)).status).toBe(403);
  });

  test('R46: the sheet is recorded once for each patient whom it shows', async () => {
    const listed = async () => {
      const { data } = (await clinic.get('/audit/me?limit=100', clinic.maria.token)).body;
      return data.filter(({ what }: { what: string }) => what === 'Your appointments were listed by staff Example.')
        .length;
    };
    const before = await listed();
    await sheet(clinic.staff.token);
    expect(await listed()).toBe(before + 1);
    await sheet(clinic.staff.token, `?date=${TUESDAY}&doctorIds=${clinic.otherDoctor.id}`);
    expect(await listed()).toBe(before + 1);
  });

  test('more than eight doctors are shown on several sheets', async () => {
    for (let n = 0; n < 8; n++) await clinic.person('doctor', `doctor-${n}`);
    const first = await sheet(clinic.staff.token);
    expect(first.doctors).toHaveLength(8);
    const second = await sheet(clinic.staff.token, first._links.next.href.replace('/api/v1/clinic/day', ''));
    expect(second.doctors).toHaveLength(2);
    expect(second._links).not.toHaveProperty('next');
  });
});
