/** When a merge is final, and when the survivor is erased. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { raw, sql } from '../../../adapters/postgres/driver/sql.ts';
import { PASSWORD } from '../../support/portal.ts';
import { type Clinic, type Person, startClinic, WEDNESDAY } from '../scheduling/clinic.ts';
import { mergersOf } from './mergers.ts';

let clinic: Clinic;
beforeAll(async () => {
  clinic = await startClinic();
});
afterAll(() => clinic.portal.close());

const { register, merge, visit, renewed } = mergersOf(() => clinic);

beforeEach(async () => {
  clinic = await renewed();
});

async function proven({ token }: Person): Promise<void> {
  const path = '/api/v1/auth/step-up';
  expect((await clinic.portal.request('POST', path, { token, body: { password: PASSWORD } })).status).toBe(200);
}

const count = async (statement: ReturnType<typeof sql>): Promise<number> => {
  const [found] = await clinic.portal.driver.run([statement], 'snapshot');
  return Number(found?.[0]?.n);
};

describe('what ends after a merge', () => {
  test('after a day the merge is final: the profile of the alias is emptied, and its address is free', async () => {
    const [survivor, alias] = [await clinic.person('patient', 'rosa'), await clinic.person('patient', 'rosa-two')];
    const merged = await merge(survivor.id, alias.id, { endAliasAccount: true });
    await clinic.runJobs();
    expect(await count(sql`SELECT count(*) AS n FROM users WHERE id = ${alias.id}::uuid AND email IS NOT NULL`)).toBe(
      1,
    );
    clinic.portal.clock.advance(86_400);
    await clinic.runJobs();
    expect(
      await count(
        sql`SELECT num_nonnulls(email, email_claim, first_name, password_hash, date_of_birth) AS n FROM users WHERE id = ${alias.id}::uuid`,
      ),
    ).toBe(0);
    expect(await count(sql`SELECT count(*) AS n FROM sessions WHERE user_id = ${alias.id}::uuid`)).toBe(0);
    expect(
      await count(sql`SELECT count(*) AS n FROM patient_merge_rows WHERE merge_id = ${merged.body.id}::uuid`),
    ).toBe(0);
    const token = await clinic.portal.signIn(clinic.staff.email);
    const late = await clinic.post(`/patients/${survivor.id}/unmerge`, token, { mergeId: merged.body.id });
    expect(late).toMatchObject({ status: 409, body: { code: 'merge_final' } });
  });

  test('erasing the survivor destroys the keys of both, and of records merged before', async () => {
    const [first, second, survivor] = [
      await register('Ida'),
      await register('Ida'),
      await clinic.person('patient', 'ida'),
    ];
    const appointment = await visit(first.id, 'A cough', WEDNESDAY);
    await clinic.put(`/appointments/${appointment}`, clinic.doctor.token, { notes: 'Bronchitis' }, 1);
    expect((await merge(second.id, first.id)).status).toBe(201);
    expect((await merge(survivor.id, second.id)).status).toBe(201);
    const keys = [first.id, second.id, survivor.id];
    const left = sql`SELECT count(*) AS n FROM data_keys WHERE owner_id = ANY (${keys}::uuid[])`;
    expect(await count(left)).toBe(3);
    expect(await count(sql`SELECT count(*) AS n FROM users WHERE merged_into = ${survivor.id}::uuid`)).toBe(2);
    await proven(survivor);
    expect((await clinic.delete(`/users/${survivor.id}`, survivor.token)).status).toBe(204);
    expect(await count(left)).toBe(0);
    expect(
      await count(sql`SELECT count(*) AS n FROM patient_merges WHERE ${raw('survivor_id')} = ANY (${keys}::uuid[])`),
    ).toBe(0);
    // The clinic keeps what medical-record law asks for, under the survivor's clinical key alone.
    expect(await count(sql`SELECT count(*) AS n FROM clinical_keys WHERE patient_id = ANY (${keys}::uuid[])`)).toBe(1);
    const record = await clinic.get(`/clinical-records/${survivor.id}?purpose=review`, clinic.admin.token);
    expect(record.body.entries).toMatchObject([{ notes: 'Bronchitis' }]);
  });
});
