/** A read of records commits only together with an event for each person whose record it touched. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { sql } from '../../../adapters/postgres/driver/sql.ts';
import type { AppointmentFilter } from '../../../domain/scheduling/ports.ts';
import type { UserId } from '../../../domain/shared/ids.ts';
import type { Viewer } from '../../../domain/shared/viewer.ts';
import { recordEvent } from '../../../src/app/audit.ts';
import { systemContext } from '../../../src/app/identity/first-admin.ts';
import { type Clinic, startClinic } from '../scheduling/clinic.ts';

let clinic: Clinic;

beforeAll(async () => {
  clinic = await startClinic();
  await clinic.book(clinic.maria.token, '10:00');
  await clinic.book(clinic.paul.token, '11:00');
});
afterAll(() => clinic.portal.close());

const ALL: AppointmentFilter = {
  patientId: null,
  doctorIds: null,
  typeCode: null,
  locationId: null,
  from: null,
  to: null,
  statuses: null,
};

/** Reads the appointments of both patients with this many prepared events. */
function read(events: number) {
  const { deps } = clinic.portal;
  const viewer: Viewer = {
    userId: clinic.staff.id as UserId,
    role: 'staff',
    ofPatients: true,
    ofRestricted: false,
    emergency: null,
    proxyAt: null,
  };
  const load = deps.loads.scheduling.appointmentsRead(ALL, viewer, { after: null, limit: 10 });
  const entries = Array.from({ length: events }, () =>
    recordEvent(deps, systemContext(deps), { type: 'appointment.listed', stream: 'system', outcome: 'success' }),
  );
  return deps.database.loadRecorded(load, entries);
}

async function recorded(): Promise<number> {
  const [found] = await clinic.portal.driver.run(
    [sql`SELECT count(*) AS events FROM audit_events WHERE event_type = 'appointment.listed'`],
    'snapshot',
  );
  return found?.[0]?.events as number;
}

test('R44: a read that touches more persons than events were prepared for is refused, and records nothing', async () => {
  const before = await recorded();
  await expect(read(1)).rejects.toThrow();
  expect(await recorded()).toBe(before);
  expect(await read(3)).toHaveLength(2);
  expect(await recorded()).toBe(before + 2);
});
