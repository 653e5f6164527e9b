/** Clinical text outlives the account under a key of its own, for as long as the clinic must keep it (R76). */
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { createPgliteDriver } from '../../../adapters/postgres/driver/pglite.ts';
import { type Sql, sql } from '../../../adapters/postgres/driver/sql.ts';
import { bindBoxes } from '../../../adapters/postgres/sealed/bind-boxes.ts';
import { type BoxFormat, sealedPlaceOf } from '../../../domain/shared/sealed-columns.ts';
import { systemContext } from '../../../src/app/identity/first-admin.ts';
import { applyRetention } from '../../../src/app/privacy/retention.ts';
import { migratedSnapshot } from '../../support/embedded-database.ts';
import { type Clinic, type Person, startClinic, TUESDAY, WEDNESDAY } from '../scheduling/clinic.ts';

let clinic: Clinic;
const run = async (statement: Sql) => (await clinic.portal.driver.run([statement], 'write'))[0] ?? [];
const records = '/clinical-records';
const DAY = 86_400;

beforeAll(async () => {
  clinic = await startClinic();
  await clinic.hours(clinic.doctor.id);
  await clinic.hours(clinic.otherDoctor.id);
});
afterAll(() => clinic.portal.close());

let hour = 9;
/** A patient with one appointment, which the doctor has written notes about. */
async function treated(name: string, notes = `notes on ${name}`): Promise<Person & { appointmentId: string }> {
  const person = await clinic.person('patient', name);
  const booked = await clinic.book(person.token, `${String(hour++).padStart(2, '0')}:00`, {
    reason: `words of ${name}`,
  });
  expect(booked.status).toBe(201);
  const noted = await clinic.put(
    `/appointments/${booked.body.id}`,
    clinic.doctor.token,
    { notes },
    booked.body.version,
  );
  expect(noted.status).toBe(200);
  // It took place: nothing that is still to come is left when the account is closed.
  await run(sql`UPDATE appointments SET status = 'completed' WHERE id = ${booked.body.id}::uuid`);
  return { ...person, appointmentId: booked.body.id };
}

const close = (person: Person) => clinic.delete(`/users/${person.id}`, person.token);
const clinicalKey = async (patientId: string, within = run) =>
  (
    await within(sql`SELECT d.owner_id FROM clinical_keys c JOIN data_keys d ON d.owner_id = c.key_id
    WHERE c.patient_id = ${patientId}::uuid`)
  )[0]?.owner_id;

describe('R76 clinical text', () => {
  test('is encrypted under the patient’s clinical key, and the patient’s own words under the patient’s own key', async () => {
    const person = await treated('sealed-apart');
    const [row] = await run(sql`SELECT notes, reason FROM appointments WHERE id = ${person.appointmentId}::uuid`);
    const [key] = await clinic.portal.database.load(clinic.portal.deps.loads.identity.dataKey(person.id as never));
    if (key?.clinical === undefined) throw new Error('no clinical key');
    const { clinical, ...own } = key;
    const { cipher } = clinic.portal.deps;
    const notes = sealedPlaceOf('appointments', 'notes', person.appointmentId);
    const reason = sealedPlaceOf('appointments', 'reason', person.appointmentId);
    expect(cipher.tryOpen(clinical, notes, row?.notes as Uint8Array)).toEqual({
      ok: true,
      value: 'notes on sealed-apart',
    });
    expect(cipher.tryOpen(own, notes, row?.notes as Uint8Array).ok).toBe(false);
    expect(cipher.tryOpen(own, reason, row?.reason as Uint8Array).ok).toBe(true);
    expect(cipher.tryOpen(clinical, reason, row?.reason as Uint8Array).ok).toBe(false);
    const { body } = await clinic.get(`/appointments/${person.appointmentId}`, clinic.doctor.token);
    expect(body).toMatchObject({ notes: 'notes on sealed-apart', reason: 'words of sealed-apart' });
  });

  test('of a series that is booked with notes has one key', async () => {
    const person = await clinic.person('patient', 'in-series');
    const booked = await clinic.post('/appointments/series', clinic.staff.token, {
      patientId: person.id,
      doctorId: clinic.otherDoctor.id,
      appointmentType: 'consultation',
      appointmentDate: TUESDAY,
      startTime: '09:00',
      frequency: 'weekly',
      interval: 1,
      count: 3,
      notes: 'a course of three',
    });
    expect(booked.status).toBe(201);
    expect(booked.body.appointments).toHaveLength(3);
    expect(await run(sql`SELECT 1 FROM clinical_keys WHERE patient_id = ${person.id}::uuid`)).toHaveLength(1);
  });

  test('is kept with name and date of birth when the account is closed; the patient’s own words and other data are erased', async () => {
    const person = await treated('erased-one');
    expect((await close(person)).status).toBe(204);
    expect(await run(sql`SELECT 1 FROM data_keys WHERE owner_id = ${person.id}::uuid`)).toEqual([]);
    for (const token of [clinic.doctor.token, clinic.staff.token]) {
      expect((await clinic.get(`/appointments/${person.appointmentId}`, token)).body.notes ?? null).toBeNull();
      expect((await clinic.get(`${records}/${person.id}?purpose=legal_claim`, token)).status).toBe(403);
    }
    const read = await clinic.get(`${records}/${person.id}?purpose=legal_claim`, clinic.admin.token);
    expect(read.status).toBe(200);
    expect(read.body).toMatchObject({
      patientId: person.id,
      name: 'erased-one Example',
      dateOfBirth: '1990-04-23',
      erasedAt: expect.any(String),
      hold: null,
      entries: [
        {
          appointmentId: person.appointmentId,
          doctorId: clinic.doctor.id,
          doctorName: 'doctor Example',
          appointmentType: 'consultation',
          status: 'completed',
          notes: 'notes on erased-one',
        },
      ],
    });
    expect(JSON.stringify(read.body)).not.toContain('words of');
    const list = await clinic.get(`${records}?purpose=review&limit=1`, clinic.admin.token);
    expect(list.body.data).toMatchObject([{ name: 'erased-one Example' }]);
    expect((await clinic.get(`${records}/${person.id}`, clinic.admin.token)).status).toBe(422);

    // Each reading is in the patient's record, with its purpose.
    const { body } = await clinic.get(`/audit/events?user=${person.id}&type=clinical_record.read`, clinic.admin.token);
    expect(body.data).toMatchObject([{ details: { purpose: 'legal_claim' } }]);
  });

  test('that does not exist leaves no record and no name when the account is closed', async () => {
    const person = await clinic.person('patient', 'without-notes');
    expect((await close(person)).status).toBe(204);
    expect(await run(sql`SELECT 1 FROM clinical_keys WHERE patient_id = ${person.id}::uuid`)).toEqual([]);
    expect((await clinic.get(`${records}/${person.id}?purpose=review`, clinic.admin.token)).status).toBe(404);
  });

  test('is destroyed with its key when the retention ends, but not during a legal hold', async () => {
    const [held, due] = [await treated('held'), await treated('due')];
    for (const person of [held, due]) expect((await close(person)).status).toBe(204);
    const hold = `${records}/${held.id}/hold`;
    const placed = await clinic.put(hold, clinic.admin.token, { reason: 'Claim 2026-114' });
    expect(placed.body.hold).toMatchObject({ reason: 'Claim 2026-114', by: clinic.admin.id });
    expect((await clinic.put(hold, clinic.admin.token, { reason: 'again' })).body.code).toBe('clinical_hold_exists');
    const [stored] = await run(sql`SELECT hold_reason FROM clinical_keys WHERE patient_id = ${held.id}::uuid`);
    expect(Buffer.from(stored?.hold_reason as Uint8Array).includes('Claim')).toBe(false);
    expect((await clinic.get(`${records}?purpose=review`, clinic.admin.token)).body.data).toContainEqual(
      expect.objectContaining({ patientId: held.id, hold: expect.objectContaining({ reason: 'Claim 2026-114' }) }),
    );

    const { deps } = clinic.portal;
    const in10Years = (extraDays: number) => {
      const context = systemContext(deps);
      return { ...context, now: context.now + (3_653 + extraDays) * DAY * 1000 };
    };
    await applyRetention(deps, in10Years(-1));
    expect(await clinicalKey(due.id)).toBeDefined();
    await applyRetention(deps, in10Years(2));
    expect(await clinicalKey(due.id)).toBeUndefined();
    const [gone] = await run(sql`SELECT status, notes FROM appointments WHERE id = ${due.appointmentId}::uuid`);
    expect(gone).toEqual({ status: 'completed', notes: null });
    expect(await clinicalKey(held.id)).toBeDefined();

    // By then the retention has deleted the session.
    const token = await clinic.portal.signIn(clinic.admin.email);
    expect((await clinic.delete(hold, token)).status).toBe(204);
    expect((await clinic.delete(hold, token)).status).toBe(204);
    await applyRetention(deps, in10Years(2));
    expect(await clinicalKey(held.id)).toBeUndefined();
  });

  test('of an earlier version, under the patient’s own key, is moved to the clinical key', async () => {
    // Binding replaces a function of the database, which the pool of databases does not put back.
    const driver = await createPgliteDriver({ snapshot: await migratedSnapshot(), role: 'patient_portal_app' });
    const clinic = await startClinic({ driver });
    onTestFinished(async () => {
      await clinic.portal.close();
      await driver.close();
    });
    await clinic.hours(clinic.doctor.id);
    const runHere = async (statement: Sql) => (await driver.run([statement], 'write'))[0] ?? [];
    const person = await clinic.person('patient', 'before-r76');
    const booked = await clinic.book(person.token, '16:00', { appointmentDate: WEDNESDAY, reason: 'words' });
    const [key] = await clinic.portal.database.load(clinic.portal.deps.loads.identity.dataKey(person.id as never));
    if (key === undefined || booked.status !== 201) throw new Error('no appointment');
    const { cipher, format } = clinic.portal.deps as typeof clinic.portal.deps & { format: BoxFormat };
    format.state = 'unbound';
    const notes = cipher.seal(key, sealedPlaceOf('appointments', 'notes', booked.body.id), 'noted before');
    await runHere(sql`UPDATE appointments SET notes = ${notes}::bytea WHERE id = ${booked.body.id}::uuid`);
    // R76: with the person's key the clinic's notes would go: nobody is erased until the upgrade is finished.
    expect(await clinic.delete(`/users/${person.id}`, person.token)).toMatchObject({ status: 503 });
    expect((await clinic.portal.request('GET', '/ready')).body.warnings).toMatchObject([
      { code: 'upgrade_unfinished' },
    ]);
    await runHere(sql`RESET ROLE`);
    await runHere(sql`UPDATE sealed_format SET state = 'unbound'`);
    const bound = await bindBoxes(driver, cipher, format);
    expect(bound.unopened).toEqual([]);
    expect(format.state).toBe('bound');
    expect(await clinicalKey(person.id, runHere)).toBeDefined();
    const read = await clinic.get(`/appointments/${booked.body.id}`, clinic.doctor.token);
    expect(read.body).toMatchObject({ notes: 'noted before', reason: 'words' });
    expect(read.body.damaged).toBeUndefined();
  });
});
