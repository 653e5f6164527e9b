/** What the clinic reads to run its day: its appointments with their patients. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Clinic, startClinic, TUESDAY, WEDNESDAY } from './clinic.ts';

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
});
