/** The earliest times found in windows are those found among everything at once (ADR 0202). */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { raw } from '../../../adapters/postgres/driver/sql.ts';
import { SEARCHED_DAYS } from '../../../domain/scheduling/earliest-search.ts';
import { earliestSlots } from '../../../domain/scheduling/next-available.ts';
import type { Slot, SlotQuery } from '../../../domain/scheduling/slots.ts';
import type { UserId } from '../../../domain/shared/ids.ts';
import { addDays } from '../../../domain/shared/time.ts';
import { localDateAt, UTC } from '../../../domain/shared/zone.ts';
import type { Context } from '../../../src/app/context.ts';
import { nextAvailable } from '../../../src/app/scheduling/slots.ts';
import { numbers } from '../../concurrency/scheduling-load.ts';
import { type Portal, startPortal } from '../../support/portal.ts';
import { sized } from '../../support/size.ts';
import { type RandomClinic, randomClinic } from './earliest-clinic.ts';

const DAY = 86_400_000;
const CLINICS = sized(30);

describe('the earliest times over many doctors', () => {
  let portal: Portal;
  let now: number;
  beforeAll(async () => {
    portal = await startPortal();
    now = portal.clock.now();
  });
  afterAll(() => portal.close());

  const context = (): Context => ({
    actor: { kind: 'system' },
    now,
    requestId: 'test',
    ip: null,
    userAgent: null,
    idempotency: null,
  });

  /** The obvious way: all busy times of all doctors on all days. */
  async function reference({ typeCode, doctorIds }: RandomClinic, from: string | null, limit: number): Promise<Slot[]> {
    const { database, loads } = portal.platform.deps;
    const first = (from ?? addDays(localDateAt(UTC, now), -1)) as SlotQuery['from'];
    const dates = { from: first, to: addDays(first, SEARCHED_DAYS) };
    const states = await database.load(
      ...doctorIds.map((id) =>
        loads.scheduling.bookingState({
          ...{ doctorId: id as UserId, appointmentType: { code: typeCode }, patientId: null, dates, now },
        }),
      ),
    );
    const queries = states.flatMap((state) =>
      state?.doctor.acceptingPatients ? [{ ...state, ...dates, now } satisfies SlotQuery] : [],
    );
    return earliestSlots(queries, limit);
  }

  async function search({ typeCode, doctorIds }: RandomClinic, from: string | null, limit: number) {
    const before = portal.database.roundTrips();
    const found = await nextAvailable(portal.platform.deps, context(), {
      ...{ typeCode, from: from as SlotQuery['from'] | null, limit, viewer: null },
      filter: { specialty: null, doctorIds: doctorIds as UserId[], text: null },
    });
    if (!found.ok) throw new Error(found.error.code);
    return { slots: found.value.slots.map(({ slot }) => slot), trips: portal.database.roundTrips() - before };
  }

  test('in windows that widen are those among all busy times of all days', async () => {
    let found = 0;
    const trips = new Set<number>();
    for (let n = 0; n < CLINICS; n++) {
      const clinic = randomClinic(n, now);
      for (let at = 0; at < clinic.statements.length; at += 100) {
        await portal.driver.run(clinic.statements.slice(at, at + 100), 'write');
      }
      const draw = numbers(1000 + n);
      for (const from of [null, new Date(now + draw(40) * DAY).toISOString().slice(0, 10)]) {
        const limit = 1 + draw(400);
        const searched = await search(clinic, from, limit);
        expect(searched.slots, `clinic ${n} from ${from}`).toEqual(await reference(clinic, from, limit));
        found += searched.slots.length;
        trips.add(searched.trips);
      }
    }
    expect(found).toBeGreaterThan(80 * CLINICS);
    expect(trips.size).toBeGreaterThan(CLINICS > 10 ? 2 : 1);
  }, 600_000);

  test('of so many doctors that a window takes several loads, are the earliest of all of them', async () => {
    const id = (n: string) => `('00000000-0000-7000-8000-' || lpad(to_hex(${n}), 12, '0'))::uuid`;
    await portal.driver.run(
      [
        raw(`INSERT INTO users (id, role, status, timezone, created_at, updated_at)
          SELECT ${id('n')}, 'doctor', 'active', 'UTC', now(), now() FROM generate_series(1, 600) n`),
        raw(`INSERT INTO doctors (user_id, first_name, last_name, specialty, timezone)
          SELECT ${id('n')}, 'D', n::text, 'many', 'UTC' FROM generate_series(1, 600) n`),
        // Nobody has hours before the fifth window; the last ten doctors open an hour before the others.
        raw(`INSERT INTO availability_rules (doctor_id, position, weekday, start_time, end_time, valid_from)
          SELECT ${id('n')}, d, d, CASE WHEN n > 590 THEN '08:00' ELSE '09:00' END, '17:00', '2026-04-11'
          FROM generate_series(1, 600) n, generate_series(1, 7) d`),
      ],
      'write',
    );
    const found = await nextAvailable(portal.platform.deps, context(), {
      ...{ typeCode: 'consultation', from: null, limit: 25, viewer: null },
      filter: { specialty: 'many', doctorIds: null, text: null },
    });
    const last = Array.from({ length: 10 }, (_, place) => String(591 + place));
    expect(found.ok && found.value.slots.map(({ slot, doctorName }) => [slot.start, doctorName.slice(2)])).toEqual([
      ...last.map((doctor) => [Date.parse('2026-04-11T08:00Z'), doctor]),
      ...last.map((doctor) => [Date.parse('2026-04-11T08:30Z'), doctor]),
      ...['1', '2', '3', '4', '5'].map((doctor) => [Date.parse('2026-04-11T09:00Z'), doctor]),
    ]);
  });
});
