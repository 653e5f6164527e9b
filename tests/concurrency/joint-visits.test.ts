import { beforeAll, expect, test } from 'vitest';
import { type Clinic, type Person, startClinic } from '../http/scheduling/clinic.ts';
import { onServer } from './on-server.ts';
import { overlaps } from './scheduling-load.ts';

onServer('visits of several doctors at the same time', { connections: 10 }, (server) => {
  let clinic: Clinic;
  const patients: Person[] = [];

  beforeAll(async () => {
    clinic = await startClinic({ driver: server.driver });
    for (let n = 0; n < 8; n++) patients.push(await clinic.person('patient', `patient-${n}`));
  }, 120_000);

  test('R38: visits that share only an additional doctor, wanted at one time at once: one is booked', async () => {
    const shared = await clinic.person('doctor', 'consulted');
    const leading = await Promise.all(Array.from({ length: 8 }, (_, n) => clinic.person('doctor', `leading-${n}`)));
    for (const { id } of [shared, ...leading]) await clinic.hours(id);
    const answers = await Promise.all(
      leading.map(({ id }, n) =>
        clinic.book(clinic.staff.token, '10:00', {
          doctorId: id,
          patientId: patients[n]?.id,
          appointmentDate: '2026-03-18',
          additionalDoctorIds: [shared.id],
        }),
      ),
    );
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
    const refused = answers.filter(({ status }) => status !== 201).map(({ body }) => body.reasons?.[0]);
    expect(refused).toEqual(Array(7).fill({ code: 'slot_taken', doctorId: shared.id, acknowledgeable: false }));
    expect(await overlaps(server.driver)).toBe(0);
  });
});
